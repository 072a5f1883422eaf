/**
 * A loop whose sampled windows are counted by the profiler outside the guest: marks tell it when a
 * window may begin, and files what the addresses of this process and its kernel mean.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProfileMarks, type ProfileMarks } from "@iopath/native";
import type { Profiling } from "../request.ts";

/** Names of the files that a profiled loop leaves. */
export const nameFiles = {
  ...{ kernel: "kallsyms", maps: "maps", compiled: "perf-map", inlined: "v8-log" },
} as const;

/** V8 puts the process's id in place of "%p". */
const compiledFile = "/tmp/perf-%p.map";
const inlinedFile = "/tmp/iopath-v8-%p.log";

/**
 * Flags of Node that name its code: a line for each piece of compiled code, with what was inlined
 * where in it, and a frame of its own for each interpreted function. What is compiled, and when, is
 * the same as without.
 */
export const namingFlags = [
  ...["--perf-basic-prof", "--interpreted-frames-native-stack"],
  ...["--log-code", "--log-source-position"],
  ...["--no-logfile-per-isolate", `--logfile=${inlinedFile}`],
];

export class ProfiledLoop {
  readonly #marks: ProfileMarks;
  readonly #folder: string;

  /** Before the warm-up: what it takes is part of no window then. */
  constructor({ folder, kernelAddresses }: Profiling) {
    this.#marks = openProfileMarks(kernelAddresses);
    this.#folder = folder;
  }

  /** Windows count from now on; what was warmed up is slower from now on, in time alone. */
  begin(): void {
    this.#marks.arm();
  }

  /** The same window, with marks around what it times. */
  marked<Window extends () => unknown>(window: Window): Window {
    const { begin, end } = this.#marks;
    const marked = () => {
      begin();
      const sample = window();
      if (sample instanceof Promise) void sample.then(end, end);
      else end();
      return sample;
    };
    return marked as Window;
  }

  /** The counts go to the host; names stay behind while programs and code are still there. */
  finish(): void {
    this.#marks.write();
    logAllCode();
    mkdirSync(this.#folder, { recursive: true });
    const copy = (name: string, from: string) =>
      writeFileSync(join(this.#folder, name), readFileSync(from));
    copy(nameFiles.kernel, "/proc/kallsyms"); // BPF programs are in it while they are loaded
    copy(nameFiles.maps, "/proc/self/maps");
    const take = (name: string, pattern: string) => {
      const from = pattern.replace("%p", String(process.pid));
      if (!existsSync(from)) return;
      copyFileSync(from, join(this.#folder, name));
      rmSync(from);
    };
    take(nameFiles.compiled, compiledFile);
    take(nameFiles.inlined, inlinedFile);
  }
}

/**
 * V8 names no code of WebAssembly that its best compiler was told to make (`compileAtBest`); what
 * there is, it names when its own CPU profiler starts. Behind the last window, where that costs no
 * figure anything.
 */
function logAllCode(): void {
  const { Session } = process.getBuiltinModule("node:inspector");
  const session = new Session();
  session.connect();
  for (const method of ["Profiler.enable", "Profiler.start", "Profiler.stop"]) session.post(method);
  session.disconnect();
}
