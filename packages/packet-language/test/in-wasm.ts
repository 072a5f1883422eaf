/** Runs a listing as WebAssembly on some frames, in one burst. */
import { framesOfColumns, type Listing, wasmBurst } from "../src/index.ts";
import type { Outcome } from "./sketch.ts";

const offsetAt = 4096;
const lengthAt = 8192;
const countsAt = 12_288;
const memoryAt = 65_536;
const slotBytes = 2048;
const untouched = 0x5a;
const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
const u8 = new Uint8Array(memory.buffer);
const u32 = new Uint32Array(memory.buffer);
const column = (at: number, i: number) => (at >>> 2) + i;

type WasmRunner = (frames: readonly Uint8Array[]) => Outcome;

/** @param simd whether vector instructions are used */
export function inWasm(listing: Listing, simd: boolean): WasmRunner {
  const frames = framesOfColumns(memoryAt, offsetAt, lengthAt);
  const burst = wasmBurst(listing, { memory, frames, counts: countsAt, simd });
  return (given) => runBurst(listing, burst, given);
}

function runBurst(
  { reasons, counters }: Listing,
  burst: (count: number) => number,
  frames: readonly Uint8Array[],
): Outcome {
  const counts = u32.subarray(countsAt >>> 2, (countsAt >>> 2) + reasons.length + counters.length);
  counts.fill(0);
  for (const [i, frame] of frames.entries()) {
    const at = i * slotBytes + 64;
    u8.fill(untouched, memoryAt + at - 64, memoryAt + at + slotBytes - 64);
    u8.set(frame, memoryAt + at);
    u32[column(offsetAt, i)] = at;
    u32[column(lengthAt, i)] = frame.length;
  }
  const dropped = burst(frames.length);
  const results = frames.map((frame, i) => {
    const at = memoryAt + i * slotBytes + 64;
    const around = [
      ...u8.subarray(at - 64, at),
      ...u8.subarray(at + frame.length, at + frame.length + 64),
    ];
    if (around.some((one) => one !== untouched)) throw new Error(`wrote outside of frame ${i}`);
    const length = u32[column(lengthAt, i)]!;
    if (length !== 0 && length !== frame.length) throw new Error(`length of frame ${i}: ${length}`);
    return { forwarded: length !== 0, frame: u8.slice(at, at + frame.length) };
  });
  const told = results.filter(({ forwarded }) => !forwarded).length;
  if (dropped !== told) throw new Error(`returned ${dropped} dropped, marked ${told}`);
  return { results, counts: [...counts] };
}
