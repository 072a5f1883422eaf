/** The reference of `mac-swap`: byte by byte, as plainly as it goes. */
import { ethernetHeaderBytes, type Outcome } from "@iopath/contract";

/** What `mac-swap` makes of one frame (in memory, without FCS). */
export function reference(frame: Uint8Array): Outcome {
  if (frame.length < ethernetHeaderBytes) return { forwarded: false, reason: "short" };
  const out = Uint8Array.from(frame); // not slice(): that of a Buffer is no copy
  for (let i = 0; i < 6; i++) {
    out[i] = frame[6 + i]!;
    out[6 + i] = frame[i]!;
  }
  return { forwarded: true, frame: out };
}
