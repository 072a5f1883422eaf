/**
 * A loop whose sampled windows are counted by the profiler outside the guest: marks tell it when a
 * window may begin, and files what the addresses of this process and its kernel mean.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProfileMarks, type ProfileMarks } from "@iopath/native";
import type { Profiling } from "../request.ts";

/** Names of the files that a profiled loop leaves. */
export const nameFiles = { kernel: "kallsyms", maps: "maps", compiled: "perf-map" } as const;

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
    mkdirSync(this.#folder, { recursive: true });
    const copy = (name: string, from: string) =>
      writeFileSync(join(this.#folder, name), readFileSync(from));
    copy(nameFiles.kernel, "/proc/kallsyms"); // BPF programs are in it while they are loaded
    copy(nameFiles.maps, "/proc/self/maps");
    const compiled = `/tmp/perf-${process.pid}.map`;
    if (existsSync(compiled)) copyFileSync(compiled, join(this.#folder, nameFiles.compiled));
  }
}
