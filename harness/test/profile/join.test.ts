import { describe, expect, it } from "vitest";
import { formatFolded } from "../../src/profile/folded.ts";
import { functionCosts } from "../../src/profile/functions.ts";
import { groupCosts } from "../../src/profile/groups.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { missMax, missOf, spaceOf, totalOf } from "../../src/profile/profile.ts";
import { parseRawStacks } from "../../src/profile/raw-stacks.ts";
import { describeTiers } from "../../src/profile/tiers.ts";
import { ofCell, raw } from "./raw.ts";

const profile = joinProfile(raw, ofCell);

describe("what the profiler wrote", () => {
  it("is read whole", () => {
    const { windows, nodes, cells, unmatched, returns } = parseRawStacks(raw.stacks);
    expect(windows).toEqual([640, 650, 640]);
    expect([nodes.size, cells.length, unmatched, returns]).toEqual([10, 8, 1, 3]);
  });

  it("is refused when its end is missing: a full disk", () => {
    const cut = raw.stacks.slice(0, -20);
    expect(() => parseRawStacks(cut)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining("TMPDIR") }),
    );
  });

  it("is refused without a window: no marks were seen", () => {
    const none = "stacks 1\nseen calls 0 returns 0 unmatched 0 interrupts 0 switches 0\nend\n";
    expect(() => parseRawStacks(none)).toThrow(/saw no window/);
  });
});

describe("joined stacks", () => {
  it("have one line for each way in which a function was called, with V8's glue left out", () => {
    const below = "*exchange exchange.ts:29;*forward ipv4.ts:12";
    const entry = `${below};entry_SYSCALL_64;do_syscall_64`;
    expect(formatFolded(profile).trim().split("\n").sort()).toEqual(
      [
        "*exchange exchange.ts:29;Builtins_Call_ReceiverIsNotNullOrUndefined 10",
        `${below} 128`,
        `${entry} 102`,
        `${entry};packet_sendmsg;veth_xmit 200`,
        `${entry};sk_filter_trim_cap;[classic BPF] 50`,
        "[interrupt];asm_common_interrupt;__do_softirq 100",
        "[another task];__do_softirq 50",
      ].sort(),
    );
  });

  it("add up to the figure", () => {
    expect(totalOf(profile)).toBe(640);
    expect(missOf(profile)).toBe(0);
    expect(missOf({ ...profile, p50: 10.01 })).toBeGreaterThan(missMax);
  });

  it("say where each function runs", () => {
    const spaces = Object.fromEntries(
      functionCosts(profile).map(({ frame }) => [frame.name, spaceOf(frame)]),
    );
    expect(spaces).toMatchObject({
      "*exchange exchange.ts:29": "user",
      do_syscall_64: "kernel",
      veth_xmit: "module",
      "[classic BPF]": "bpf",
    });
  });
});

describe("functions", () => {
  it("have instructions of their own, and with callees those of all that they call", () => {
    const costs = new Map(functionCosts(profile).map((cost) => [cost.frame.name, cost]));
    expect(costs.get("*exchange exchange.ts:29")).toMatchObject({ own: 0, inclusive: 490 / 64 });
    expect(costs.get("do_syscall_64")).toMatchObject({ own: 102 / 64, inclusive: 352 / 64 });
    expect(costs.get("__do_softirq")).toMatchObject({ own: 150 / 64, inclusive: 150 / 64 });
  });
});

describe("groups", () => {
  it("add up to the whole", () => {
    const groups = groupCosts(profile);
    expect(groups.reduce((sum, { own }) => sum + own, 0)).toBeCloseTo(10, 9);
  });

  it("tell drivers, filters, system calls, the workload and other tasks apart", () => {
    const groups = Object.fromEntries(
      groupCosts(profile).map(({ group, own }) => [group, own * 64]),
    );
    expect(groups).toEqual({
      driver: 200,
      workload: 128,
      "system-call entry": 102,
      "NAPI and softirq": 100,
      "BPF programs": 50,
      "other tasks": 50,
      "loop around all": 10,
    });
  });
});

it("a lock of PREEMPT_RT is for what its caller is for, and no route", () => {
  const stackOf = (...names: string[]) => {
    return { frames: names.map((name) => ({ name, object: "kernel" })), count: 64 };
  };
  const stacks = [stackOf("net_rx_action", "rt_spin_lock"), stackOf("rt_cache_valid")];
  expect(groupCosts({ stacks, window: 64 })).toEqual([
    { group: "IP and routing", own: 1 },
    { group: "NAPI and softirq", own: 1 },
  ]);
});

it("what a compiler inlined into a function is shown apart from it", () => {
  const source = `${new URL("../../../", import.meta.url).href}harness/src/trial/tester`;
  const inlined = [
    `code-creation,JS,10,1,0x900,8,sendWindow ${source}/sender.ts:7:3,0x77,~`,
    `code-creation,JS,13,2,0x20200,128,forward ${source}/a.ts:12:5,0x66,*'`,
    "code-source-info,0x20200,9,1,2,C0O5C64O20I0,F0O9,S0x77",
  ].join("\n");
  const below = "*exchange exchange.ts:29;*forward ipv4.ts:12";
  const lines = formatFolded(joinProfile({ ...raw, inlined }, ofCell)).split("\n");
  expect(lines).toContain(`${below} 64`);
  expect(lines).toContain(`${below};*sendWindow sender.ts:7 64`);
});

it("functions are split by V8's compilers", () => {
  expect(describeTiers(profile)).toBe("TurboFan 2.0");
  const early = raw.compiled.replace("JS:*forward", "JS:^forward");
  expect(describeTiers(joinProfile({ ...raw, compiled: early }, ofCell))).toBe(
    "Sparkplug or Liftoff 2.0",
  );
});
