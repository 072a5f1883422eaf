/**
 * Peers in C: compiled with gcc, in a plain and in a tuned form, and loaded into this process. What
 * the forms are stands in workload.h.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Counters } from "@iopath/contract";
import { viewOf } from "@iopath/native";
import koffi, { type LibraryHandle } from "koffi";

/** As the loop would be written, or with constants compiled in, vectors and fetching ahead. */
export const forms = ["plain", "tuned"] as const;
export type Form = (typeof forms)[number];

const folder = import.meta.dirname;
const compilerFlags = ["-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
/** Of this process; a program that is loaded needs its file no more. */
let compiled = 0;

/**
 * @param file of this folder
 * @param macs the twelve bytes that frames get, known to the tuned form when it is compiled
 * @param more flags for gcc
 */
export function loadInC(
  file: string,
  form: Form,
  macs: Uint8Array,
  more: readonly string[] = [],
): LibraryHandle {
  const build = join(folder, "build");
  mkdirSync(build, { recursive: true });
  const library = join(build, `${process.pid}-${compiled++}.so`);
  execFileSync("gcc", [
    ...[...compilerFlags, ...constantsOf(form, macs), "-o", library, join(folder, file)],
    ...more,
  ]);
  try {
    return koffi.load(library);
  } finally {
    rmSync(library);
  }
}

/** What gcc defines for a form, which workload.h asks for. */
export function constantsOf(form: Form, macs: Uint8Array): string[] {
  return form === "tuned" ? [`-DMACS=${macs.join()}`] : [];
}

/** struct counters of workload.h: received, sent, unsent, six reasons; 64 bits each. */
const counterBytes = 9 * 8;

export function readCounters(address: number): Counters {
  const values = Array.from(new BigUint64Array(viewOf(address, counterBytes)), Number);
  const [received = 0, sent = 0, unsent = 0, ...dropped] = values;
  return { received, sent, unsent, dropped: Uint32Array.from(dropped) };
}
