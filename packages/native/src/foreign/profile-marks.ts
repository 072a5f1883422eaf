/**
 * Marks for the profiler outside of the guest (packages/lab/profiler): functions that execute a
 * no-op with a number in it, `nop [rax + INDEX + number]`, which does nothing else anywhere.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { loadFfi, openInMemory } from "./library-in-memory.ts";
import { sharedObjectX64 } from "./shared-object.ts";

export interface ProfileMarks {
  /** Windows count from now on, and the guest is slower. */
  arm(): void;
  /** The next look at the clock begins a window; the last one before `end` ends it. */
  begin(): void;
  end(): void;
  /** Writes what was counted, and forgets it. */
  write(): void;
}

/** Of the guest's kernel, in hexadecimal as /proc/kallsyms has them. */
export interface KernelAddresses {
  readonly __entry_text_start: string;
  readonly __entry_text_end: string;
  readonly __switch_to_asm: string;
}

/** SIB bytes, which tell marks apart: profiler/decode.h has the same. */
const kinds = {
  ...{ begin: 0x08, end: 0x10, arm: 0x18, write: 0x28 },
  ...{ entryStart: 0x38, entryEnd: 0x48, switchTo: 0x50 },
} as const;
const ret = 0xc3;

/** @throws IopathError where a program can't run code out of memory */
export function openProfileMarks(addresses: KernelAddresses): ProfileMarks {
  const ffi = process.arch === "x64" ? loadFfi() : undefined;
  const codes = {
    begin: mark("begin"),
    end: mark("end"),
    arm: [
      ...mark("entryStart", addresses.__entry_text_start),
      ...mark("entryEnd", addresses.__entry_text_end),
      ...mark("switchTo", addresses.__switch_to_asm),
      ...mark("arm"),
    ],
    write: mark("write"),
  };
  const functions = Object.entries(codes).map(([name, code]) => ({
    name,
    code: Uint8Array.from([...code, ret]),
  }));
  const open = ffi && openInMemory(ffi, "iopath-marks", sharedObjectX64(functions));
  if (open) {
    const [arm, begin, end, write] = [open("arm"), open("begin"), open("end"), open("write")];
    return { arm, begin, end, write };
  }
  throw new IopathError(ExitStatus.cannotRun, "no marks for the profiler: no node:ffi here", {
    remedy: "run the project's own Node on an x64 machine",
  });
}

/** @param address of the kernel, whose low half the mark carries */
function mark(kind: keyof typeof kinds, address = "0"): number[] {
  const number = Number.parseInt(address.slice(-8), 16);
  const bytes = [0, 8, 16, 24].map((shift) => (number >>> shift) & 255);
  return [0x0f, 0x1f, 0x84, kinds[kind], ...bytes];
}
