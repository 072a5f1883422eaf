/** Runs a listing as JavaScript on some frames, in one burst. */
import { Batch } from "@iopath/contract";
import { javascriptBurst, type Listing } from "../src/index.ts";
import type { Outcome } from "./sketch.ts";

const slotBytes = 2048;
const memory = new Uint8Array(64 * slotBytes);

export function inJavascript(listing: Listing): (frames: readonly Uint8Array[]) => Outcome {
  const { reasons, counters } = listing;
  const batch = new Batch(64);
  const counts = new Uint32Array(reasons.length + counters.length);
  const burst = javascriptBurst(listing, { words: new Int32Array(memory.buffer), batch, counts });
  return (frames) => {
    counts.fill(0);
    for (const [i, frame] of frames.entries()) {
      memory.fill(0x5a, i * slotBytes, (i + 1) * slotBytes);
      memory.set(frame, i * slotBytes + 64);
      batch.offset[i] = i * slotBytes + 64;
      batch.length[i] = frame.length;
    }
    batch.count = frames.length;
    burst();
    const results = frames.map(({ length }, i) => {
      const at = i * slotBytes + 64;
      const around = [memory.subarray(at - 64, at), memory.subarray(at + length, at + length + 64)];
      if (around.some((part) => part.some((byte) => byte !== 0x5a))) {
        throw new Error(`wrote outside of frame ${i}`);
      }
      const forwarded = batch.length[i] !== 0;
      if (forwarded && batch.length[i] !== length) throw new Error(`length of frame ${i}`);
      return { forwarded, frame: memory.slice(at, at + length) };
    });
    return { results, counts: [...counts] };
  };
}
