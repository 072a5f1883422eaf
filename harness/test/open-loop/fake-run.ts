/** Runs of searches on a machine that a rule makes. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPath, findVariant } from "@iopath/harness";
import { readEnvironment } from "../../src/environment/environment.ts";
import type { SearchCell } from "../../src/matrix/search-cell.ts";
import { placeOn } from "../../src/open-loop/placement.ts";
import type { OpenLoopResults } from "../../src/open-loop/report/files.ts";
import type { Ground } from "../../src/open-loop/run/events.ts";
import type { OpenDevice } from "../../src/open-loop/run/recorded-device.ts";
import { runSearches, type SearchMachine } from "../../src/open-loop/run/run-searches.ts";
import type { CpuFacts } from "../../src/open-loop/topology.ts";
import { fakeTrials } from "./fake-trials.ts";

/** The same in all runs: its load would differ. */
const environment = readEnvironment();

const lab: Ground = { class: "virtual", place: "host", lineMbits: null, notes: [] };

export function cellOf(given: Partial<SearchCell> = {}): SearchCell {
  return {
    ...{ path: "xdp", variant: "af-xdp", workload: "ipv4-forward", frameBytes: 64, burst: 64 },
    ...{ profile: "quick", searches: 1, realtime: false },
    ...given,
  };
}

interface FakeMachineOptions {
  readonly capacity?: number;
  readonly generator?: number;
  readonly cpus?: readonly number[];
  readonly ground?: Ground;
  /** Called before each trial and each watch of the noise, with how many there were before. */
  readonly before?: (asked: number, cell: SearchCell) => void;
}

interface FakeMachine extends SearchMachine {
  /** Trials and watches that were asked of its devices. */
  asked: number;
  opened: number;
  closed: number;
}

/** CPUs of a core each, on one node. */
export function plainCpus(cpus: readonly number[]): CpuFacts[] {
  return cpus.map((cpu) => ({ cpu, core: [cpu], node: 0, isolated: false }));
}

export function fakeMachine(options: FakeMachineOptions = {}): FakeMachine {
  const { capacity = 700_000, generator = 2e6, cpus = [0, 1], before = () => {} } = options;
  const { ground = lab } = options;
  let ms = 0;
  const machine: FakeMachine = {
    ...{ asked: 0, opened: 0, closed: 0 },
    now: () => new Date("2026-11-30T00:00:00.000Z"),
    elapsedMs: () => ms,
    readEnvironment: () => environment,
    placementOf: ({ path, variant }) =>
      placeOn(plainCpus(cpus), findVariant(findPath(path), variant)),
    groundOf: () => ground,
    open: async (_run, cell): Promise<OpenDevice> => {
      machine.opened++;
      const trials = fakeTrials(capacity, generator);
      const count = () => before(machine.asked++, cell);
      return {
        deviceMode: "native copy",
        trial: async (rate, seconds) => {
          count();
          ms += seconds * 1000;
          return await trials.trial(rate, seconds);
        },
        noise: async (seconds) => {
          count();
          ms += seconds * 1000;
          return [[[0, 1e6]]];
        },
        [Symbol.asyncDispose]: async () => {
          machine.closed++;
        },
      };
    },
  };
  return machine;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "iopath-open-loop-"));
}

interface FakeRun {
  readonly machine?: FakeMachine;
  readonly folder?: string;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly notes?: string[];
  readonly write?: (results: OpenLoopResults) => void;
}

export async function fakeRun(
  cells: readonly SearchCell[],
  { machine = fakeMachine(), folder = newFolder(), ...rest }: FakeRun = {},
): Promise<OpenLoopResults> {
  const { resume = false, signal = new AbortController().signal } = rest;
  return await runSearches({
    ...{ machine, folder, signal },
    searches: resume ? undefined : { cells: [...cells], modules: [] },
    progress: { trial: () => {}, note: (text) => rest.notes?.push(text) },
    write: rest.write ?? (() => {}),
  });
}
