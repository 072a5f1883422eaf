/**
 * A profile of `xdp/native`, made in a guest: it adds up to the figure, names nearly all
 * instructions, changes no figure, and shows planted work.
 */
import { igb, setUpGuestPackages, setUpProfiler } from "@iopath/lab/guest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differenceOf } from "../harness/src/profile/difference.ts";
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

const order: ClosedLoopOrder = {
  ...{ role: "closed-loop", path: "xdp", variant: "native" },
  ...{ frameBytes: 64, flows: 1, window: 64, burst: 64, workers: 1 },
  ...{ warmUpWindows: 200, samples: 31 },
};
const planted = { kind: "instructions", count: 40 } as const;

let runner: GuestRunner;
let plain: Profile;
let withWork: Profile;
let unprofiled: number;
let tier: string | undefined;

async function profileOf(asked: ClosedLoopOrder): Promise<Profile> {
  const { profile } = await profileTrial(runner, asked, "xdp/native");
  if ("problem" in profile) throw new Error(profile.problem);
  return profile;
}

beforeAll(async () => {
  const tell = () => {};
  await setUpGuestPackages(tell, igb);
  const profiler = await setUpProfiler(tell, igb);
  const toBoot = { clock: "instructions", machine: igb, profiler } as const;
  const { signal } = new AbortController();
  runner = new GuestRunner(toBoot, { xdp: ["native"] }, { signal });
  plain = await profileOf(order);
  withWork = await profileOf({ ...order, planted });
  const result = await runner.run(order);
  if (result.status !== "measured") throw new Error(JSON.stringify(result));
  unprofiled = p50Of(result);
  ({ tier } = result);
});
afterAll(() => runner?.[Symbol.dispose]());

const perFrame = (profile: Profile) => totalOf(profile) / profile.window;

describe("a profile", () => {
  it("adds up to the p50 of its own trial", () => {
    expect(missOf(plain)).toBeLessThan(missMax);
    expect(missOf(withWork)).toBeLessThan(missMax);
  });

  it("equals what is measured without it", () => {
    // What ran before it in its guest moves a cell by some tenths of a percent.
    expect(Math.abs(perFrame(plain) / unprofiled - 1)).toBeLessThan(0.005);
  });

  it("has a name for all but one percent", () => {
    expect(namelessOf(plain)).toBeLessThan(0.01);
  });

  it("goes from the loop in TypeScript to the program in the driver", () => {
    const whole = plain.stacks.find(({ frames }) => {
      const names = frames.map(({ name }) => name);
      const at = ["exchange exchange.ts", "sendmmsg", "veth_poll", "_iopath_forward"].map((part) =>
        names.findIndex((name) => name.includes(part)),
      );
      return at.every((place, i) => place >= 0 && place > (at[i - 1] ?? -1));
    });
    expect(whole).toBeDefined();
  });

  it("has groups that add up, the tester told apart from the loop that it is compiled into", () => {
    const groups = groupCosts(plain);
    const sum = groups.reduce((all, { own }) => all + own, 0);
    expect(sum).toBeCloseTo(perFrame(plain), 6);
    const names = groups.map(({ group }) => group);
    expect(names).toEqual(
      expect.arrayContaining(["tester, in user space", "loop around all", "looks at the clock"]),
    );
  });

  it("is of code of V8's best compiler alone, as the row says", () => {
    expect(tier).toBe("turbofan");
    for (const profile of [plain, withWork]) {
      expect(describeTiers(profile)).toMatch(/^TurboFan [\d.]+$/);
    }
  });
});

describe("planted work", () => {
  it("is named by the first line of the difference, and is nearly all of it", () => {
    const { functions, before, after } = differenceOf(plain, withWork);
    const [first] = functions;
    expect(first?.frame.name).toContain("_iopath_forward");
    expect(first!.after - first!.before).toBeGreaterThanOrEqual(planted.count);
    expect(first!.after - first!.before).toBeLessThan(planted.count + 5);
    expect(Math.abs(after - before - (first!.after - first!.before))).toBeLessThan(2);
  });
});
