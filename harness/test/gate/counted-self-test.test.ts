import { describe, expect, it } from "vitest";
import { planRuns } from "../../src/gate/counted/self-test-instructions.ts";
import {
  equalGates,
  formatCountedSelfTest,
} from "../../src/gate/counted/self-test-instructions-text.ts";
import type { Section } from "../../src/matrix/section.ts";
import { cells, row, rows } from "./rows-fixture.ts";

const thresholds = { within: 0.01, cells: {} };

describe("the plan of a self-test", () => {
  const section = (machine: string, paths: Section["paths"]) =>
    ({ machine, paths, bursts: [64] }) as unknown as Section;
  const config = [
    section("igb", {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      xdp: ["native", "generic", "af-xdp"],
      "sriov-vf": ["packet-mmsg", "vfio", "dpdk"],
    }),
    section("pvrdma", {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      pvrdma: ["rc-send"],
    }),
  ];
  const plan = planRuns({ config, equal: 3, tries: 10 });
  const pathsOf = (name: string) =>
    plan.find((run) => run.name === name)!.config.map(({ paths }) => paths);

  it("makes every other run of equal code beside a busy CPU", () => {
    const equal = plan.filter(({ name }) => name.startsWith("equal"));
    expect(equal.map(({ busy }) => busy)).toEqual([false, true, false]);
    expect(equal[0]!.config).toBe(config);
  });

  it("plants instructions in a cell of each path, as often as asked, and measures it without", () => {
    const each = [
      { "kernel-sockets": ["packet-mmsg"], xdp: ["native", "af-xdp"], "sriov-vf": ["vfio"] },
      { pvrdma: ["rc-send"] },
    ];
    expect(pathsOf("planted-instructions-40")).toEqual(each);
    expect(pathsOf("planted-nothing")).toEqual(each);
    expect(plan.at(-1)!.config[0]!.rounds).toBe(10);
  });

  it("takes a cell of each path again where bursts differ, and not twice where they do not", () => {
    const oneByOne = { ...section("igb", { xdp: ["af-xdp", "generic"] }), bursts: [1] };
    const wider = planRuns({ config: [...config, oneByOne, oneByOne], equal: 0, tries: 1 });
    expect(wider.at(-1)!.config.map(({ paths, bursts }) => ({ ...paths, bursts }))).toEqual([
      { "kernel-sockets": ["packet-mmsg"], xdp: ["af-xdp"], "sriov-vf": ["vfio"], bursts: [64] },
      { pvrdma: ["rc-send"], bursts: [64] },
      { xdp: ["af-xdp"], bursts: [1] },
    ]);
  });

  it("plants calls and copies only where there is a burst in user space", () => {
    expect(pathsOf("planted-syscall-1")[0]).toMatchObject({ xdp: ["af-xdp"] });
    expect(pathsOf("planted-copy-1")[0]).toMatchObject({ xdp: ["af-xdp"] });
  });
});

describe("gates of equal code", () => {
  it("are all pairs of runs", () => {
    expect(equalGates({ equal: [rows(), rows(), rows(), rows()] }, thresholds)).toHaveLength(6);
  });

  it("count as false alarms in both directions", () => {
    const equal = [rows(), rows(1.02), rows()];
    const text = formatCountedSelfTest({ equal, planted: [], missing: 0 }, thresholds);
    expect(text).toMatch(/xdp\/native\S+ +1.00 % +2.00 % +2 of 3/);
    expect(text).toMatch(/3 gates, 2 with a false alarm/);
  });
});

describe("planted work", () => {
  it("is counted where it was found, and left empty where it cannot be planted", () => {
    const without = { planted: undefined, rows: rows(), trials: [rows(), rows(), rows()] };
    const trials = [rows(1.015), rows(1.012), rows(1.008)].map((all) => all.slice(1));
    const planted = { kind: "copy", count: 1 } as const;
    const withWork = { planted, rows: trials[0]!, trials };
    const test = { equal: [], planted: [without, withWork], missing: 2 };
    const text = formatCountedSelfTest(test, thresholds);
    expect(text).toMatch(/cell .*\+1 copy\n/);
    expect(text).toMatch(/xdp\/native.* 2 of 3 \(\+1.20 %\)\n/);
    expect(text).toMatch(/packet-mmsg\S+ +1.00 %\n/);
    expect(text).toMatch(/2 runs are still to be made/);
  });

  it("is not looked for in a trial that failed", () => {
    const without = { planted: undefined, rows: rows(), trials: [rows()] };
    const failed = [row(cells.xdp, null, { status: "failed", reason: "lost frames" })];
    const planted = { kind: "copy", count: 1 } as const;
    const test = { equal: [], planted: [without, { planted, rows: failed, trials: [failed] }] };
    const text = formatCountedSelfTest({ ...test, missing: 0 }, thresholds);
    expect(text).not.toMatch(/of 1/);
  });
});
