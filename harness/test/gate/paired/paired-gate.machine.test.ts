import { rmSync } from "node:fs";
import { namespaceNames } from "@iopath/lab";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../src/gate/paired/gate-against.ts";
import { LanePair } from "../../../src/gate/paired/lane-pair.ts";
import { newState, type PairedGate, runPairedGate } from "../../../src/gate/paired/paired-gate.ts";
import { prepare } from "../../../src/gate/paired/preparation.ts";
import { resultOf } from "../../../src/gate/paired/result.ts";
import { startTime } from "../../../src/gate/paired/time-limit.ts";
import type { Cell } from "../../../src/matrix/cell.ts";
import { uniformFrom } from "../../../src/statistics/bootstrap.ts";
import { ownRevision } from "../../../src/trial/revision.ts";
import { fakeRevision } from "./fake-revision.ts";

const cell = {
  ...{ id: "xdp/native/64B/burst64/flows1/window64", path: "xdp", variant: "native" },
  ...{ workload: "ipv4-forward", frameBytes: 64, burst: 64, flows: 1, window: 64 },
} as Cell;

const { signal } = new AbortController();

function gateOn(lanes: LanePair): PairedGate {
  const side = { revision: ownRevision };
  const deadlineMs = performance.now() + 300_000;
  return {
    ...{ baseline: side, candidate: side, lanes, limits: defaultLimits, deadlineMs, signal },
    ...{ random: uniformFrom(1), onProgress: () => {} },
  };
}

describe("a paired gate on real lanes", () => {
  it("finds work that was planted in a path, and leaves nothing behind", async () => {
    {
      using lanes = new LanePair();
      const state = newState(cell, 0);
      const plantedIn = () => ({ kind: "instructions", count: 3000 }) as const;
      await runPairedGate([state], { ...gateOn(lanes), plantedIn });
      expect(state.judgement).toMatchObject({ verdict: "regression" });
      expect(state.judgement!.ratio).toBeGreaterThan(1.1);
    }
    const own = new RegExp(`^iopath-${process.pid}-`);
    expect(namespaceNames().filter((name) => own.test(name))).toEqual([]);
  });

  it("does not call a program slower than itself", async () => {
    using lanes = new LanePair();
    const state = newState(cell, 0.02); // nothing is measured well beside other tests
    await runPairedGate([state], gateOn(lanes));
    expect(state.judgement!.verdict).not.toBe("regression");
    expect(state.launches.length).toBeGreaterThanOrEqual(2);
  });

  it("goes on without the cell whose lane died, and reports it as a failure", async () => {
    using lanes = new LanePair();
    const dying = fakeRevision({ lane: "process.exit(9);" });
    const state = newState(cell, 0);
    const gate = { ...gateOn(lanes), candidate: { revision: dying } };
    await runPairedGate([state], gate);
    rmSync(dying.root, { recursive: true });
    const prepared = [{ cell, preparation: { status: "ready" } }] as const;
    const times = { startedAt: new Date().toISOString(), startedMs: 0 };
    const result = resultOf({ prepared, states: [state], gate, ...times });
    expect(result.cells).toEqual([]);
    expect(result.failures).toEqual([
      { cell: cell.id, reason: expect.stringContaining("the lane of a fake: ") },
    ]);
  });

  it("ends in time: what is not decided by then is inconclusive", async () => {
    using lanes = new LanePair();
    const state = newState(cell, 0);
    const gate = { ...gateOn(lanes), deadlineMs: performance.now() + 10 };
    expect(await runPairedGate([state], gate)).toBe(false);
    const prepared = [{ cell, preparation: { status: "ready" } }] as const;
    const times = { startedAt: new Date().toISOString(), startedMs: 0 };
    const { cells } = resultOf({ prepared, states: [state], gate, ...times });
    expect(cells).toMatchObject([{ verdict: "inconclusive", ratio: null }]);
  });

  it("cuts a launch that takes longer than there is time", async () => {
    using lanes = new LanePair();
    const stuck = fakeRevision({ lane: "setInterval(() => {}, 1000);" });
    const state = newState(cell, 0);
    const time = startTime(6 / 60, signal); // a launch begins only where 5 s are left for it
    const gate = { ...gateOn(lanes), ...time, candidate: { revision: stuck } };
    expect(await runPairedGate([state], gate)).toBe(false);
    rmSync(stuck.root, { recursive: true });
    expect(state).toMatchObject({ launches: [] });
    expect(state.failure).toBeUndefined(); // it was given no time to fail for being stuck
  });
});

describe("before a cell is measured", () => {
  const answers = (verified: object) => `
    const { text } = await import("node:stream/consumers");
    const { role } = JSON.parse(await text(process.stdin));
    process.stdout.write(JSON.stringify(role === "probe" ? { status: "supported" } : ${JSON.stringify(verified)}));`;
  const counts = { matched: 1999, lost: 0, duplicated: 0, reordered: 0, corrupted: 1, unknown: 0 };
  const corrupted = {
    ...{ status: "verified", frames: 2000, seed: 1, dropsExpected: {}, dropsCounted: {} },
    judgement: { expected: 2000, ...counts, firstProblem: "byte 14 of frame 3" },
  };

  it("both revisions forward every frame as they should", async () => {
    using lanes = new LanePair();
    const sides = { baseline: ownRevision, candidate: ownRevision };
    expect(await prepare(cell, { ...sides, lanes, signal })).toEqual({ status: "ready" });
  });

  it("a candidate that corrupts a frame fails, and is not measured", async () => {
    using lanes = new LanePair();
    const candidate = fakeRevision({ trial: answers(corrupted) });
    const found = await prepare(cell, { baseline: ownRevision, candidate, lanes, signal });
    rmSync(candidate.root, { recursive: true });
    expect(found).toEqual({
      status: "failed",
      reason: expect.stringMatching(/^a fake fails verification: 1 corrupted .*byte 14 of frame 3/),
    });
  });

  it("a variant that the baseline does not know is new", async () => {
    using lanes = new LanePair();
    const baseline = fakeRevision({
      trial: `process.stdout.write('{"status":"failed","reason":"no path named xdp"}');`,
    });
    const found = await prepare(cell, { baseline, candidate: ownRevision, lanes, signal });
    rmSync(baseline.root, { recursive: true });
    expect(found).toEqual({ status: "new", reason: "no path named xdp" });
  });
});
