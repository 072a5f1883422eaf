/**
 * Profiles of `xdp/native` and `xdp/af-xdp`, made in two guests side by side: they add up to the
 * figures, name nearly all instructions, change no figure, are the same in both guests, and show
 * what was planted.
 */
import { Guest, igb, setUpGuestPackages, setUpProfiler } from "@iopath/lab/guest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differenceOf } from "../harness/src/profile/difference.ts";
import { formatFolded } from "../harness/src/profile/folded.ts";
import { groupCosts } from "../harness/src/profile/groups.ts";
import {
  missMax,
  missOf,
  namelessOf,
  type Profile,
  totalOf,
} from "../harness/src/profile/profile.ts";
import { describeTiers } from "../harness/src/profile/tiers.ts";
import { p50Of, profileTrial } from "../harness/src/run/profile-trial.ts";
import { GuestRunner } from "../harness/src/runner/guest.ts";
import type { ClosedLoopOrder } from "../harness/src/runner/runner.ts";

const common = {
  role: "closed-loop",
  path: "xdp",
  ...{ frameBytes: 64, flows: 1, workers: 1, samples: 31 },
} as const;
const native: ClosedLoopOrder = {
  ...common,
  ...{ variant: "native", window: 64, burst: 64, warmUpWindows: 200 },
};
/**
 * A ring of 256 wraps in one of four windows of 64 frames, and the kernel's clock ticks in one of
 * three: half of all windows have neither, and the median is of them or is not. Of windows of 16
 * frames it is.
 */
const afXdp: ClosedLoopOrder = {
  ...common,
  ...{ variant: "af-xdp", window: 16, burst: 16, warmUpWindows: 800 },
};
const planted = { kind: "instructions", count: 40 } as const;

/** A guest whose trials are profiled. */
class ProfilingGuest implements Disposable {
  #guest: Guest | undefined;
  readonly #runner: GuestRunner;

  constructor(profiler: string) {
    const toBoot = { clock: "instructions", machine: igb, profiler } as const;
    const { signal } = new AbortController();
    const boot = async () => (this.#guest = await Guest.boot(toBoot));
    this.#runner = new GuestRunner(toBoot, { xdp: ["native", "af-xdp"] }, { signal }, boot);
  }

  async profile(order: ClosedLoopOrder): Promise<Profile> {
    const { profile } = await profileTrial(this.#runner, order, `xdp/${order.variant}`);
    if ("problem" in profile) throw new Error(profile.problem);
    return profile;
  }

  async measure(order: ClosedLoopOrder) {
    const result = await this.#runner.run(order);
    if (result.status !== "measured") throw new Error(JSON.stringify(result));
    return { p50: p50Of(result), tier: result.tier };
  }

  /** Of the kernel, by sysctl(8). */
  async setOption(option: string): Promise<void> {
    const status = await this.#guest!.run(["sysctl", "-q", "-w", option], { limitMs: 120_000 });
    if (status !== 0) throw new Error(`sysctl -w ${option} ended with ${status}`);
  }

  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
  }
}

async function inFirstGuest(guest: ProfilingGuest) {
  const plain = { native: await guest.profile(native), afXdp: await guest.profile(afXdp) };
  return { ...plain, unprofiled: await guest.measure(native) };
}

async function inSecondGuest(guest: ProfilingGuest) {
  const plain = { native: await guest.profile(native), afXdp: await guest.profile(afXdp) };
  const plantIn = (order: ClosedLoopOrder, kind: "instructions" | "syscall" | "copy", count = 1) =>
    guest.profile({ ...order, planted: { kind, count } });
  const instructions = await plantIn(native, planted.kind, planted.count);
  const syscall = await plantIn(afXdp, "syscall");
  const copy = await plantIn(afXdp, "copy");
  await guest.setOption("kernel.bpf_stats_enabled=1");
  return { ...plain, instructions, syscall, copy, withOption: await guest.profile(native) };
}

let guests: ProfilingGuest[] = [];
let first: Awaited<ReturnType<typeof inFirstGuest>>;
let second: Awaited<ReturnType<typeof inSecondGuest>>;

beforeAll(async () => {
  await setUpGuestPackages(() => {}, igb);
  const profiler = await setUpProfiler(() => {}, igb);
  guests = [new ProfilingGuest(profiler), new ProfilingGuest(profiler)];
  [first, second] = await Promise.all([inFirstGuest(guests[0]!), inSecondGuest(guests[1]!)]);
}, 900_000);
afterAll(() => {
  for (const guest of guests) guest[Symbol.dispose]();
});

const perFrame = (profile: Profile) => totalOf(profile) / profile.window;

describe("a profile", () => {
  it("adds up to the p50 of its own trial", () => {
    for (const profile of [first.native, first.afXdp, second.instructions]) {
      expect(missOf(profile)).toBeLessThan(missMax);
    }
  });

  it("equals what is measured without it", () => {
    // What ran before it in its guest moves a cell by some tenths of a percent.
    expect(Math.abs(perFrame(first.native) / first.unprofiled.p50 - 1)).toBeLessThan(0.005);
  });

  it.each(["native", "afXdp"] as const)("of %s has the same stacks in two boots", (variant) => {
    expect(formatFolded(second[variant])).toBe(formatFolded(first[variant]));
  });

  it("has a name for all but one percent", () => {
    for (const profile of [first.native, first.afXdp]) {
      expect(namelessOf(profile)).toBeLessThan(0.01);
    }
  });

  it("goes from the loop in TypeScript to the program in the driver", () => {
    const whole = first.native.stacks.find(({ frames }) => {
      const names = frames.map(({ name }) => name);
      const at = ["exchange exchange.ts", "sendmmsg", "veth_poll", "_iopath_forward"].map((part) =>
        names.findIndex((name) => name.includes(part)),
      );
      return at.every((place, i) => place >= 0 && place > (at[i - 1] ?? -1));
    });
    expect(whole).toBeDefined();
  });

  it("names the workload in WebAssembly, below the path's burst", () => {
    const whole = first.afXdp.stacks.find(({ frames }) => {
      const names = frames.map(({ name }) => name);
      return (
        names.at(-1)!.startsWith("*wasm-function") && names.some((n) => n.includes("forwardBurst"))
      );
    });
    expect(whole).toBeDefined();
  });

  it("has groups that add up, the tester told apart from the loop that it is compiled into", () => {
    const groups = groupCosts(first.native);
    const sum = groups.reduce((all, { own }) => all + own, 0);
    expect(sum).toBeCloseTo(perFrame(first.native), 6);
    const names = groups.map(({ group }) => group);
    expect(names).toEqual(
      expect.arrayContaining(["tester, in user space", "loop around all", "looks at the clock"]),
    );
  });

  it("is of code of V8's best compiler alone, as the row says", () => {
    expect(first.unprofiled.tier).toBe("turbofan");
    for (const profile of [first.native, first.afXdp, second.instructions]) {
      expect(describeTiers(profile)).toMatch(/^TurboFan [\d.]+$/);
    }
  });
});

describe("the first line of a difference", () => {
  const topOf = (before: Profile, after: Profile) => {
    const { functions, ...sums } = differenceOf(before, after);
    const { frame, ...costs } = functions[0]!;
    return { name: frame.name, own: costs.after - costs.before, all: sums.after - sums.before };
  };

  it("is the program that instructions were planted in, with nearly all of them", () => {
    const { name, own, all } = topOf(second.native, second.instructions);
    expect(name).toContain("_iopath_forward");
    expect(own).toBeGreaterThanOrEqual(planted.count);
    expect(own).toBeLessThan(planted.count + 5);
    expect(Math.abs(all - own)).toBeLessThan(2);
  });

  it("is of the system call that was planted", () => {
    expect(topOf(second.afXdp, second.syscall).name).toMatch(/SYSCALL|sys_poll/);
  });

  it("is the loop that copies, where a copy was planted", () => {
    expect(topOf(second.afXdp, second.copy).name).toMatch(/\bcopy plant\.ts/);
  });

  it("is what a kernel's option has it do: the clock, with statistics of BPF programs", () => {
    expect(topOf(second.native, second.withOption).name).toMatch(/clock|tsc/);
  });
});
