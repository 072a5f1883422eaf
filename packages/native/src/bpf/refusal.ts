/** The verifier's refusal of a program, in its own words. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { SystemError } from "../libc.ts";
import type { Memory } from "../memory.ts";
import type { Assembler } from "./assembler.ts";

/** An error with what the verifier said, and where the instruction that it was at comes from. */
export function refusal(what: string, program: Assembler, cause: unknown, log: Memory): unknown {
  if (!(cause instanceof SystemError)) return cause;
  const text = new TextDecoder().decode(log.u8.subarray(0, log.u8.indexOf(0))).trim();
  if (text === "") return cause;
  const tail = text.split("\n").slice(-12).join("\n");
  // "12: (71) r3 = *(u8 *)(r6 +22)" or "unreachable insn 12": the last one that it looked at.
  const last = [...text.matchAll(/^(\d+): \(|\binsn (\d+)/gm)].at(-1);
  const origin = last && program.originOf(Number(last[1] ?? last[2]));
  const at = origin === undefined ? "" : `\nat ${origin}`;
  const message = `the kernel's verifier refused ${what} (${cause.code}):\n${tail}${at}`;
  return new IopathError(ExitStatus.cannotRun, message, { cause });
}
