import { describe, expect, it } from "vitest";
import type { Config } from "../src/config.ts";
import { columns, deriveRows, expandMatrix, rowSchema, type TrialResult } from "../src/index.ts";
import type { JournalEvent, RunEvent } from "../src/journal.ts";
import { toCsv } from "../src/output/results-csv.ts";
import { formatTable } from "../src/table.ts";

const config: Config = {
  place: "host",
  clock: "wall",
  paths: { null: ["none"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  frameBytes: [64],
  flows: [1],
  windows: [1],
  bursts: [64],
  rounds: 2,
  samples: 3,
  warmUpFrames: 0,
  verifyFrames: 10,
};

const run: RunEvent = {
  event: "run",
  format: 1,
  runId: "r1",
  startedAt: "2026-11-23T12:00:00.000Z",
  config,
  class: "virtual",
  environment: {
    kernel: "6.1",
    architecture: "x64",
    distribution: "Debian",
    cpuModel: "=cmd|' /C calc'!A0",
    cpus: 2,
    memoryBytes: 1,
    hypervisor: true,
    clockSource: "tsc",
    cpuGovernor: "unknown",
    mitigations: {},
    bpfJit: "1",
    transparentHugepages: "madvise",
    node: "26",
    v8: "14",
    iopath: "0.1.0",
    revision: "abc",
    revisionDirty: false,
    loadAverageAtStart: 0,
  },
};

const [nullCell, reference, native] = expandMatrix(config);

function measured(...samplesNs: number[]): TrialResult {
  return {
    status: "measured",
    samplesNs,
    framesSent: 3,
    framesReceived: 3,
    garbageCollections: 1,
    residentBytesMax: samplesNs[0]!,
    cpuUserUs: 5,
    cpuSystemUs: 6,
    syscalls: 12,
    wakeups: null,
    contextSwitches: 0,
  };
}

function trial(cell: string, round: number, result: TrialResult): JournalEvent {
  return { event: "trial", cell, round, result };
}

function rowsOf(...events: JournalEvent[]) {
  return deriveRows({ run, events: [run, ...events] });
}

const bothRounds = (id: string, ...samples: number[]) => [
  trial(id, 0, measured(...samples)),
  trial(id, 1, measured(...samples)),
];

describe("deriveRows", () => {
  it("pools the samples of all trials and adds up the counts", () => {
    const [row] = rowsOf(
      trial(nullCell!.id, 0, measured(10, 20, 30)),
      trial(nullCell!.id, 1, measured(40, 50, 60)),
    );
    expect(row).toMatchObject({ status: "measured", samples: 6, trials: 2, p50: 35, p10: 15 });
    expect(row).toMatchObject({ frames_sent: 6, garbage_collections: 2, resident_bytes_max: 40 });
  });

  it("divides calls by the frames of the sampled windows, and leaves empty what was not counted", () => {
    const row = rowsOf(...bothRounds(native!.id, 10, 20, 30))[2];
    expect(row).toMatchObject({
      syscalls_per_frame: 4,
      wakeups_per_frame: null,
      context_switches_per_frame: 0,
    });
  });

  it("sets every cell in relation to the reference of its size and window", () => {
    const rows = rowsOf(...bothRounds(reference!.id, 100), ...bothRounds(native!.id, 50));
    expect(rows.map((row) => row.speedup_over_reference)).toEqual([null, 1, 2]);
  });

  it("gives a skipped cell its reason and remedy, and no figure", () => {
    const result: TrialResult = { status: "skipped", missing: "no XDP", remedy: "get it" };
    const row = rowsOf({ event: "probe", path: "xdp", variant: "native", result })[2];
    expect(row).toMatchObject({ status: "skipped", reason: "no XDP; get it", p50: null });
  });

  it("fails a cell whose verification failed, whatever was measured", () => {
    const result: TrialResult = {
      status: "verified",
      frames: 10,
      seed: 1,
      judgement: {
        expected: 9,
        matched: 8,
        lost: 1,
        duplicated: 0,
        reordered: 0,
        corrupted: 0,
        unknown: 0,
      },
      dropsExpected: {},
      dropsCounted: {},
    };
    const verify: JournalEvent = { event: "verify", cell: native!.id, result };
    const row = rowsOf(verify, ...bothRounds(native!.id, 50))[2];
    expect(row).toMatchObject({ status: "failed", p50: null });
    expect(row!.reason).toContain("1 lost of 9 frames");
  });

  it("fails a cell with one failed trial", () => {
    const failed: TrialResult = { status: "failed", reason: "killed" };
    const row = rowsOf(trial(native!.id, 0, measured(1)), trial(native!.id, 1, failed))[2];
    expect(row).toMatchObject({ status: "failed", reason: "killed", p50: null });
  });

  it("tells that a run was cut", () => {
    const row = rowsOf(trial(native!.id, 0, measured(1)))[2];
    expect(row).toMatchObject({ status: "incomplete" });
    expect(row!.reason).toContain("1 of 2 trials");
  });

  it("gives rows that are valid by their schema, for every status", () => {
    for (const row of rowsOf(...bothRounds(native!.id, 50))) rowSchema.parse(row);
  });
});

describe("toCsv", () => {
  it("has the columns of the schema in its order, and an empty field where there is no figure", () => {
    const [header, first] = toCsv(rowsOf()).split("\r\n");
    expect(header).toBe(columns.join(","));
    expect(first).toContain(",,,,,");
  });

  it("refuses a figure that is none", () => {
    const [row] = rowsOf();
    expect(() => toCsv([{ ...row!, p50: Number.NaN }])).toThrow();
  });

  it("keeps text of the environment from being a formula", () => {
    expect(toCsv(rowsOf())).not.toMatch(/(^|,)"?=/m);
  });
});

describe("formatTable", () => {
  it("says class, place, unit and clock next to the figures", () => {
    const table = formatTable(rowsOf(...bothRounds(native!.id, 50)), false);
    expect(table).toContain("ns/frame, closed-loop, class virtual (place host), clock wall");
  });

  it("gives the reason where there is no figure", () => {
    expect(formatTable(rowsOf(), false)).toContain("incomplete: 0 of 2 trials");
  });
});
