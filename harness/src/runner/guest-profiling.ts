/** What a profiled trial needs in a guest, and what it leaves. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Guest } from "@iopath/lab/guest";
import type { KernelAddresses } from "@iopath/native";
import { nameFiles } from "../trial/loop/profiled-loop.ts";
import type { Profiling } from "../trial/request.ts";

/** Texts of the profiler's and of the trial's own /proc, as they were written. */
export interface RawProfile {
  /** packages/lab/profiler/README.md has the format. */
  readonly stacks: string;
  /** /proc/kallsyms */
  readonly kernel: string;
  /** /proc/PID/maps */
  readonly maps: string;
  /** V8's /tmp/perf-PID.map; empty when there was none. */
  readonly compiled: string;
  /** V8's log: what was inlined into that code, and where; empty when there was none. */
  readonly inlined: string;
}

const wanted = ["__entry_text_start", "__entry_text_end", "__switch_to_asm"] as const;
const limitMs = 120_000;
/** The guest's own view of its share. */
const share = "/run/iopath";

/** What profiling uses of a guest. */
export type ProfiledGuest = Pick<Guest, "run" | "takeShared" | "takeProfile" | "lastWords">;

/** In one guest, from boot to end. */
export class GuestProfiling {
  readonly #guest: ProfiledGuest;
  readonly #kernelAddresses: KernelAddresses;
  #trials = 0;
  /** Trials that got as far as the profiler's file. */
  #written = 0;

  private constructor(guest: ProfiledGuest, kernelAddresses: KernelAddresses) {
    this.#guest = guest;
    this.#kernelAddresses = kernelAddresses;
  }

  /** @throws IopathError when the kernel does not say where its entry code is */
  static async open(guest: ProfiledGuest): Promise<GuestProfiling> {
    let output = "";
    const pattern = ` (${wanted.join("|")})$`;
    await guest.run(["grep", "-E", pattern, "/proc/kallsyms"], {
      limitMs,
      onOutput: (chunk) => (output += chunk),
    });
    return new GuestProfiling(guest, parseAddresses(output));
  }

  /** What the next trial is asked. */
  next(): Profiling {
    return {
      folder: `${share}/${this.#name(++this.#trials)}`,
      kernelAddresses: this.#kernelAddresses,
    };
  }

  /** What the trial left, or why there is nothing. */
  take(): RawProfile | { readonly missing: string } {
    const stacks = this.#guest.takeProfile(this.#written + 1);
    if (stacks === undefined) {
      const missing = `the profiler wrote no stacks; QEMU said\n${this.#guest.lastWords()}`;
      return { missing };
    }
    this.#written++;
    const take = (file: string) =>
      this.#guest.takeShared(`${this.#name(this.#trials)}/${file}`) ?? "";
    return {
      stacks,
      kernel: take(nameFiles.kernel),
      maps: take(nameFiles.maps),
      compiled: take(nameFiles.compiled),
      inlined: take(nameFiles.inlined),
    };
  }

  #name(trial: number): string {
    return `profile-${trial}`;
  }
}

/**
 * @param symbols lines of /proc/kallsyms
 * @throws IopathError when one of those that are wanted is missing
 */
export function parseAddresses(symbols: string): KernelAddresses {
  const found = new Map(
    symbols.split("\n").map((line) => {
      const [address = "", , name = ""] = line.split(" ");
      return [name, address];
    }),
  );
  const missing = wanted.filter((name) => !/[1-9a-f]/.test(found.get(name) ?? ""));
  if (missing.length === 0) {
    const of = (name: (typeof wanted)[number]) => found.get(name)!;
    return {
      __entry_text_start: of("__entry_text_start"),
      __entry_text_end: of("__entry_text_end"),
      __switch_to_asm: of("__switch_to_asm"),
    };
  }
  const message = `the guest's kernel does not say where ${missing.join(", ")} is in /proc/kallsyms`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "boot a kernel that was built with CONFIG_KALLSYMS=y and CONFIG_KALLSYMS_ALL=y",
  });
}
