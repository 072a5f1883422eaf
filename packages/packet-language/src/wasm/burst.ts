/**
 * A listing as a WebAssembly function that does a whole burst; every address and MAC is a constant
 * in it.
 */
import { createHash } from "node:crypto";
import type { Listing } from "../tree.ts";
import { WasmAssembler } from "./assembler.ts";
import { compileAtBest, hasSimd } from "./best-tier.ts";
import { Body } from "./body.ts";
import { type Frames, framesOfColumns } from "./frames.ts";

export interface BurstMemory {
  /** One that never grows. */
  readonly memory: WebAssembly.Memory;
  readonly frames: Frames;
  /** Address of the counts, 32 bits each: the reasons, then the listing's counters. */
  readonly counts: number;
  /** Whether vector instructions may be used: by default if the engine has them. */
  readonly simd?: boolean;
}

/** @returns does the first `count` frames of the burst, and returns how many of them it dropped */
export function wasmBurst(listing: Listing, where: BurstMemory): (count: number) => number {
  const module = new WebAssembly.Module(assembleBurst(listing, where).assemble(where.memory));
  const { exports } = new WebAssembly.Instance(module, { linear: { memory: where.memory } });
  return compileAtBest(exports.f as (count: number) => number);
}

/**
 * What a listing comes to: the SHA-256, in hex, of its WebAssembly for one place and an engine with
 * vector instructions. What is compiled for a path has that path's addresses in it.
 */
export function listingHash(listing: Listing): string {
  const frames = framesOfColumns(0, 4096, 8192);
  const binary = assembleBurst(listing, { frames, counts: 12_288, simd: true });
  const bytes = binary.assemble({ buffer: new ArrayBuffer(65_536) });
  return createHash("sha256").update(bytes).digest("hex");
}

function assembleBurst(
  listing: Listing,
  { frames, counts, simd = hasSimd }: Omit<BurstMemory, "memory">,
) {
  const f = new WasmAssembler(1);
  const count = 0;
  const [entry, end, frame, bytes] = [f.variable(), f.variable(), f.variable(), f.variable()];
  const [reason, dropped] = [f.variable(), f.variable()];
  const addressOfCounter = (counter: number) => counts + (listing.reasons.length + counter) * 4;
  f.constant(frames.entries).set(entry);
  f.get(count).constant(Math.log2(frames.entryBytes)).operate("shiftLeft");
  f.get(entry).operate("add").set(end);
  f.block((done) => {
    f.get(entry).get(end).operate("equal").jumpIf(done);
    f.loop((again) => {
      frames.find(f, entry, frame, bytes);
      f.block((next) => {
        f.block((drop) => {
          const around = { frame, bytes, reason, drop, next, addressOfCounter, simd };
          new Body(f, around).write(listing.statements);
        });
        f.get(reason).get(reason).load("u32", counts).constant(1).operate("add");
        f.store("u32", counts).get(dropped).constant(1).operate("add").set(dropped);
        frames.drop(f, entry);
      });
      f.get(entry).constant(frames.entryBytes).operate("add").set(entry);
      f.get(entry).get(end).operate("below").jumpIf(again);
    });
  });
  return f.get(dropped);
}
