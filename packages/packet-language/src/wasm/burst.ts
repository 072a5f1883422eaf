/**
 * A listing as a WebAssembly function that does a whole burst; every address and MAC is a constant
 * in it.
 */
import { createHash } from "node:crypto";
import type { Listing } from "../tree.ts";
import { type Label, type Variable, WasmAssembler } from "./assembler.ts";
import { compileAtBest, hasSimd } from "./best-tier.ts";
import { Body } from "./body.ts";
import { type Frames, framesOfColumns } from "./frames.ts";
import { usualWay } from "./usual-way.ts";

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

/** So many usual frames follow one another before the loop turns. */
const framesPerTurn = 4;

function assembleBurst(
  listing: Listing,
  { frames, counts, simd = hasSimd }: Omit<BurstMemory, "memory">,
) {
  const f = new WasmAssembler(1);
  const count = 0;
  const [entry, end, frame, bytes] = [f.variable(), f.variable(), f.variable(), f.variable()];
  const [reason, dropped] = [f.variable(), f.variable()];
  const addressOfCounter = (counter: number) => counts + (listing.reasons.length + counter) * 4;
  const one = { frame, bytes, addressOfCounter, simd };
  const { entries, entryBytes } = frames;
  const way = usualWay(listing.statements);
  f.constant(entries).set(entry);
  f.get(count).constant(Math.log2(entryBytes)).operate("shiftLeft");
  f.get(entry).operate("add").set(end);
  f.block((done) => {
    f.get(entry).get(end).operate("equal").jumpIf(done);
    const find = frames.findUsual?.(f, entry) ?? frames.find;
    f.loop((again) => {
      if (way) {
        f.block((notHere) => {
          const body = new Body(f, { ...one, drop: notHere });
          writeTurns(f, { entry, end, entryBytes, notHere }, () => {
            find(f, entry, frame, bytes, notHere);
            body.write(way);
          });
        });
        f.get(entry).get(end).operate("equal").jumpIf(done);
      }
      frames.find(f, entry, frame, bytes);
      f.block((next) => {
        f.block((drop) => {
          new Body(f, { ...one, reason, drop }).write(listing.statements);
          f.jump(next);
        });
        f.get(reason).get(reason).load("u32", counts).constant(1).operate("add");
        f.store("u32", counts).get(dropped).constant(1).operate("add").set(dropped);
        frames.drop(f, entry);
      });
      f.get(entry).constant(entryBytes).operate("add").set(entry);
      f.get(entry).get(end).operate("below").jumpIf(again);
    });
  });
  return f.get(dropped);
}

interface Turns {
  readonly entry: Variable;
  readonly end: Variable;
  readonly entryBytes: number;
  /** Where to go with a frame that is not usual, and with fewer frames than a turn has. */
  readonly notHere: Label;
}

/** Usual frames from `entry` on, several a turn, as a turn has a price of its own. */
function writeTurns(
  f: WasmAssembler,
  { entry, end, entryBytes, notHere }: Turns,
  writeFrame: () => void,
): void {
  f.loop((again) => {
    f.get(end)
      .get(entry)
      .operate("subtract")
      .constant(framesPerTurn * entryBytes);
    f.operate("below").jumpIf(notHere);
    for (let i = 0; i < framesPerTurn; i++) {
      writeFrame();
      f.get(entry).constant(entryBytes).operate("add").set(entry);
    }
    f.jump(again);
  });
}
