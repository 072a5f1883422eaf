/** The workload `mac-swap`: every frame goes back to whom it came from. */
import { type Listing, newListing } from "../src/index.ts";

export const reasons = ["short"] as const;

export function macSwap(): Listing {
  return newListing({ name: "mac-swap", reasons }, (p, frame) => {
    p.atLeast(14, "short");
    const [toHigh, toLow] = [frame.raw32(0), frame.raw16(4)];
    const [fromHigh, fromLow] = [frame.raw32(6), frame.raw16(10)];
    const [high, low] = [p.let(toHigh), p.let(toLow)];
    p.set(toHigh, fromHigh);
    p.set(toLow, fromLow);
    p.set(fromHigh, high);
    p.set(fromLow, low);
  });
}
