/** Where the frames of a burst are, as code that a workload is assembled around. */
import type { InPlace } from "@iopath/contract";
import type { Label, Variable, WasmAssembler } from "./assembler.ts";

/** All addresses are those of the linear memory. A burst is a list of entries, one per frame. */
export interface Frames extends InPlace {
  /** Address of the first entry. */
  readonly entries: number;
  /** From one entry to the next, a power of two. */
  readonly entryBytes: number;
  /** Sets `frame` to the address and `bytes` to the length of the frame of an entry. */
  find(f: WasmAssembler, entry: Variable, frame: Variable, bytes: Variable): void;
  /**
   * Where the frames of a burst mostly have something in common: code that reads it off the first
   * entry, and what then finds a frame that has it by fewer instructions. Others jump to `unusual`.
   */
  findUsual?(f: WasmAssembler, first: Variable): FindUsual;
  /** Marks an entry whose frame is dropped. */
  drop(f: WasmAssembler, entry: Variable): void;
}

type FindUsual = (
  f: WasmAssembler,
  entry: Variable,
  frame: Variable,
  bytes: Variable,
  unusual: Label,
) => void;

/**
 * The columns of a `Batch`, 32 bits each: a dropped frame gets length 0.
 *
 * @param memory where the offsets begin to count
 * @param offset address of the column of offsets
 * @param length address of the column of lengths, behind it
 */
export function framesOfColumns(memory: number, offset: number, length: number): Frames {
  return {
    form: "frames",
    entries: offset,
    entryBytes: 4,
    find(f, entry, frame, bytes) {
      f.get(entry).load("u32", 0).constant(memory).operate("add").set(frame);
      f.get(entry)
        .load("u32", length - offset)
        .set(bytes);
    },
    drop(f, entry) {
      f.get(entry)
        .constant(0)
        .store("u32", length - offset);
    },
  };
}
