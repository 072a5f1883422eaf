import { describe, expect, it } from "vitest";
import type { MeasuredResult, TrialResult } from "../../src/trial/request.ts";
import { addUp } from "../../src/trial/workers/add-up.ts";
import { Board, boardBytes, Phase } from "../../src/trial/workers/board.ts";
import { conduct } from "../../src/trial/workers/conduct.ts";
import { Teamwork } from "../../src/trial/workers/teamwork.ts";
import { FakeWire } from "./fake-wire.ts";

const newBoard = (workers: number) =>
  new Board(new Int32Array(new SharedArrayBuffer(boardBytes(workers))), workers);

const measured = (samplesNs: number[], others: Partial<MeasuredResult> = {}): MeasuredResult => ({
  ...{ status: "measured", samplesNs, framesSent: 10, framesReceived: 10, garbageCollections: 1 },
  ...{ residentBytesMax: 100, cpuUserUs: 5, cpuSystemUs: 7, contextSwitches: 2, deviceMode: "a" },
  ...{ syscalls: 3, wakeups: 1, ...others },
});

describe("a board", () => {
  it("has a line for each worker: counts and phases do not mix", () => {
    const words = new Int32Array(new SharedArrayBuffer(boardBytes(3)));
    const board = new Board(words, 3);
    words[16] = -7; // the count of worker 1, as the counting program writes it
    expect([0, 1, 2].map((worker) => board.counterOf(worker)())).toEqual([0, -7, 0]);
    board.arrive(1, Phase.sampled);
    expect([0, 1, 2].map((worker) => board.hasArrived(worker, Phase.ready))).toEqual([
      false,
      true,
      false,
    ]);
    expect(board.counterOf(1)()).toBe(-7);
    expect(board.isReleased(Phase.ready)).toBe(false);
  });

  it("says that all have arrived when the last one has", () => {
    const board = newBoard(3);
    for (const worker of [2, 0, 1]) {
      expect(board.haveAllArrived(Phase.ready)).toBe(false);
      board.arrive(worker, Phase.ready);
    }
    expect(board.haveAllArrived(Phase.ready)).toBe(true);
    expect(board.haveAllArrived(Phase.sampled)).toBe(false);
  });

  it("lets go of all phases up to the one that is released", () => {
    const board = newBoard(2);
    board.release(Phase.sampled);
    expect(
      [Phase.ready, Phase.sampled, Phase.quiet].map((phase) => board.isReleased(phase)),
    ).toEqual([true, true, false]);
  });
});

describe("one worker of a team", () => {
  it("forwards frames until all are open, and exchanges windows until all have sampled", () => {
    const board = newBoard(2);
    const { forwarder } = new FakeWire({ window: 8 });
    let steps = 0;
    const step = () => {
      if (++steps === 5) board.release(Phase.ready);
      if (steps === 12) board.release(Phase.quiet);
      return 0;
    };
    const team = new Teamwork(board, 1, { ...forwarder, step });
    team.begin();
    expect(steps).toBe(5);
    expect(board.hasArrived(1, Phase.ready)).toBe(true);
    let exchanges = 0;
    team.end(() => {
      expect(board.hasArrived(1, Phase.sampled)).toBe(true);
      expect(board.hasArrived(1, Phase.quiet)).toBe(false);
      if (++exchanges === 3) board.release(Phase.sampled);
    });
    expect([exchanges, steps]).toEqual([3, 12]);
    expect(board.hasArrived(1, Phase.quiet)).toBe(true);
  });
});

/** A worker like Teamwork that lets others run between its steps; the log has all its acts. */
async function work(
  board: Board,
  worker: number,
  log: string[],
  signal: AbortSignal,
  { samplesFor = 0, diesAt = -1 as number } = {},
): Promise<TrialResult> {
  const pass = async (phase: Phase) => {
    board.arrive(worker, phase);
    log.push(`${worker} at ${phase}`);
    while (!board.isReleased(phase)) {
      await turn();
      signal.throwIfAborted(); // as a process that is killed
    }
    log.push(`${worker} past ${phase}`);
  };
  for (const phase of [Phase.ready, Phase.sampled, Phase.quiet]) {
    if (phase === diesAt) return { status: "failed", reason: "it died" };
    for (let i = 0; phase === Phase.sampled && i < samplesFor; i++) await turn();
    await pass(phase);
  }
  return measured([worker]);
}

const turn = () => new Promise<void>((done) => setTimeout(done, 1));

describe("a team", () => {
  it("is opened one by one, samples together and leaves together, also when one lags", async () => {
    const board = newBoard(3);
    const log: string[] = [];
    const conducted = await conduct(board, (worker, signal) => {
      log.push(`start ${worker}`);
      return work(board, worker, log, signal, { samplesFor: worker === 1 ? 30 : 0 });
    });
    expect(addUp(conducted)).toMatchObject({ status: "measured", samplesNs: [0, 1, 2] });
    expect(log.slice(0, 6)).toEqual(
      [0, 1, 2].flatMap((worker) => [`start ${worker}`, `${worker} at ${Phase.ready}`]),
    );
    for (const phase of [Phase.ready, Phase.sampled, Phase.quiet]) {
      const last = Math.max(...[0, 1, 2].map((worker) => log.indexOf(`${worker} at ${phase}`)));
      const first = Math.min(...[0, 1, 2].map((worker) => log.indexOf(`${worker} past ${phase}`)));
      expect(last).toBeLessThan(first);
    }
  });

  it.each([
    ["before it is open", Phase.ready],
    ["while it samples", Phase.sampled],
    ["before all is quiet", Phase.quiet],
  ])("whose worker dies %s fails with its reason, and ends the others", async (_when, diesAt) => {
    const board = newBoard(3);
    const log: string[] = [];
    const aborted: number[] = [];
    const conducted = await conduct(board, (worker, signal) => {
      signal.addEventListener("abort", () => aborted.push(worker));
      return work(board, worker, log, signal, { diesAt: worker === 1 ? diesAt : -1 });
    });
    expect(addUp(conducted)).toEqual({ status: "failed", reason: "worker 1: it died" });
    const started = diesAt === Phase.ready ? [0, 1] : [0, 1, 2];
    expect(aborted).toEqual(started);
    expect(log.includes(`2 at ${Phase.ready}`)).toBe(diesAt !== Phase.ready);
  });

  it("whose worker can't be started ends the others and says so", async () => {
    const board = newBoard(2);
    let wasEnded = false;
    const conducting = conduct(board, async (worker, signal) => {
      signal.addEventListener("abort", () => (wasEnded = true));
      if (worker === 1) throw new Error("spawn EAGAIN");
      return work(board, worker, [], signal);
    });
    await expect(conducting).rejects.toThrow("spawn EAGAIN");
    expect(wasEnded).toBe(true);
  });

  it("is skipped when a worker is", async () => {
    const board = newBoard(1);
    const skipped = { status: "skipped", missing: "a queue", remedy: "more" } as const;
    expect(addUp(await conduct(board, async () => skipped))).toEqual(skipped);
  });

  it("is not measured when a worker answers before the others have sampled", async () => {
    const board = newBoard(1);
    const result = addUp(await conduct(board, async () => measured([1])));
    expect(result).toEqual({
      status: "failed",
      reason: "worker 0 ended before the others had sampled",
    });
  });
});

describe("the result of a team", () => {
  const results = [measured([5, 9]), measured([1, 7], { residentBytesMax: 300, cpuUserUs: 11 })];

  it("has all samples in order, and the sums of what was counted", () => {
    expect(addUp({ all: results })).toEqual(
      measured([1, 5, 7, 9], {
        ...{ framesSent: 20, framesReceived: 20, garbageCollections: 2, residentBytesMax: 300 },
        ...{ cpuUserUs: 16, cpuSystemUs: 14, contextSwitches: 4, syscalls: 6, wakeups: 2 },
      }),
    );
  });

  it("counts no calls when a worker does not", () => {
    const all = [results[0]!, measured([1], { syscalls: null })];
    expect(addUp({ all })).toMatchObject({ syscalls: null, wakeups: 2 });
  });

  it("takes calls and device from a path that forwards for all", () => {
    const attached = { syscalls: 0, wakeups: 0, contextSwitches: 99, deviceMode: "native" };
    expect(addUp({ all: results }, attached)).toMatchObject({
      ...{ syscalls: 0, wakeups: 0, contextSwitches: 4, deviceMode: "native" },
    });
  });
});
