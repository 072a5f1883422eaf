/** Cells that die or hang while others take turns with them. */
import { afterAll, afterEach, expect, it, vi } from "vitest";
import type { CellOrder } from "../../src/lanes/launch.ts";
import { HostRunner } from "../../src/runner/host.ts";
import { LineProcess } from "../../src/trial/line-process.ts";
import type { MeasuredResult } from "../../src/trial/request.ts";

type AnyProcess = typeof LineProcess.prototype;

const runner = new HostRunner({ kind: "lab" }, { signal: new AbortController().signal });
afterAll(() => runner[Symbol.dispose]());
afterEach(() => vi.restoreAllMocks());

const cellOf = (path: string, variant: string): CellOrder => ({
  ...{ role: "closed-loop", path, variant, burst: 64, frameBytes: 64, flows: 1, window: 64 },
  ...{ warmUpWindows: 10, samples: 100, workers: 1 },
});
const reference = cellOf("kernel-sockets", "packet-mmsg");
const cells = [reference, ...["native", "generic", "tc"].map((name) => cellOf("xdp", name))];
const [native, generic] = [1, 2];
const turns = 12;
const fifth = 5;

/** Of a slice in which the process stands still; those of the others have their own. */
const hangsForMs = 300;

/** As processes are given their fifth slice. @param signals by the place of the cell */
function signalInSlice(signals: Readonly<Record<number, NodeJS.Signals>>): () => number[] {
  const pids: number[] = [];
  const asked = new Map<number, number>();
  const { ready, ask } = LineProcess.prototype;
  vi.spyOn(LineProcess.prototype, "ready").mockImplementation(function (this: AnyProcess) {
    pids.push(this.pid);
    return ready.call(this);
  });
  vi.spyOn(LineProcess.prototype, "ask").mockImplementation(function (
    this: AnyProcess,
    order,
    status,
    limitMs,
  ) {
    const { pid } = this;
    const nth = (asked.get(pid) ?? 0) + 1;
    asked.set(pid, nth);
    const signal = signals[pids.indexOf(pid)];
    if (nth !== fifth || signal === undefined) return ask.call(this, order, status, limitMs);
    process.kill(pid, signal);
    return ask.call(this, order, status, hangsForMs);
  });
  return () => pids;
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it("fail alone; the others have all their turns, and the next launch whole labs", async () => {
  const started = signalInSlice({ [native]: "SIGKILL", [generic]: "SIGSTOP" });
  const { results } = await runner.launch({ cells, reference, turns });
  expect(results.map(({ status }) => status)).toEqual([
    ...["measured", "failed", "failed", "measured"],
  ]);
  for (const place of [native, generic]) {
    expect(results[place]).toMatchObject({ reason: expect.stringContaining("ended by SIGKILL") });
  }
  expect(results[generic]).toMatchObject({ reason: expect.stringContaining(`${hangsForMs} ms`) });
  for (const place of [0, 3]) {
    const { turns: taken } = results[place] as MeasuredResult;
    expect([taken!.costsNs.length, taken!.referenceNs.length]).toEqual([turns, turns]);
  }
  expect(started()).toHaveLength(cells.length + 1);
  expect(started().filter(isAlive)).toEqual([]);
  vi.restoreAllMocks();
  const { results: again } = await runner.launch({ cells: cells.slice(1, 3), reference, turns: 2 });
  expect(again.map(({ status }) => status)).toEqual(["measured", "measured"]);
});
