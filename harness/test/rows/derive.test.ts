import { describe, expect, it } from "vitest";
import { toCsv } from "../../src/files/results-csv.ts";
import {
  columns,
  deriveRows,
  expandMatrix,
  rowSchema,
  type Section,
  type TrialResult,
} from "../../src/index.ts";
import type { JournalEvent, RunEvent } from "../../src/journal/events.ts";
import { formatTable } from "../../src/present/terminal/table.ts";
import type { MeasuredResult } from "../../src/trial/request.ts";
import { run as fixture, measured as sampled } from "../journal-fixture.ts";

const section: Section = {
  place: { kind: "lab" },
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  frameBytes: [64],
  flows: [1],
  workers: [1],
  workloads: ["ipv4-forward"],
  windows: [1],
  bursts: [64],
  rounds: 2,
  samples: 3,
  warmUpFrames: 0,
  verifyFrames: 10,
};

/** A processor's name that a spreadsheet would take for a formula. */
const cpuModel = "=cmd|' /C calc'!A0";
const run: RunEvent = {
  ...fixture,
  config: [section],
  environment: { ...fixture.environment, cpuModel },
};

const [nullCell, reference, native] = expandMatrix([section]);

function measured(...samplesNs: number[]): TrialResult {
  const counts = { garbageCollections: 1, residentBytesMax: samplesNs[0]! };
  return { ...sampled(samplesNs), ...counts } as TrialResult;
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

  it("says how sure median and speed-up are, over rounds and not over samples", () => {
    const costs = [
      [100, 50],
      [100, 49],
    ];
    const [, of, row] = rowsOf(
      ...costs.flatMap(([slow, fast], round) => [
        trial(reference!.id, round, measured(slow!, slow!, slow!)),
        trial(native!.id, round, measured(fast!, fast!, fast!)),
      ]),
    );
    expect(row!.speedup_over_reference).toBeCloseTo(Math.sqrt((100 / 50) * (100 / 49)), 3);
    const half = 12.706 * (Math.log(50 / 49) / Math.SQRT2 / Math.SQRT2);
    expect(row!.speedup_low).toBeCloseTo(row!.speedup_over_reference! * Math.exp(-half), 2);
    expect(row!.p50_high).toBeCloseTo(Math.sqrt(50 * 49) * Math.exp(half), 1);
    expect(of).toMatchObject({ speedup_over_reference: 1, speedup_low: null, p50_low: 100 });
  });

  it("has no interval for one launch, and none for counted figures", () => {
    const [, , row] = rowsOf(
      trial(reference!.id, 0, measured(100, 100, 100)),
      trial(native!.id, 0, measured(50, 50, 50)),
    );
    expect(row).toMatchObject({ speedup_over_reference: 2, speedup_low: null, p50_low: null });
    expect(row!.notes).toBe(
      "one launch: it says nothing of how another would be, so there is no rank",
    );
    const table = formatTable(rowsOf(trial(native!.id, 0, measured(50, 50, 50))));
    expect(table).toMatch(/native.* 1 launch /);
  });

  it("says what reading the clock took, and of how many windows samples were", () => {
    const timed = (clockNs: number, windowsPerSample: number) => ({
      ...(measured(50, 50, 50) as MeasuredResult),
      timing: { clockNs, windowsPerSample },
    });
    const [, , row] = rowsOf(
      trial(native!.id, 0, timed(40, 3)),
      trial(native!.id, 1, timed(60, 5)),
    );
    expect(row).toMatchObject({ clock_ns: 50, windows_per_sample: 5, turns: null, notes: "" });
  });

  it("divides calls by the frames of the sampled windows, and leaves uncounted ones empty", () => {
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
    const row = rowsOf({
      event: "probe",
      section: 0,
      path: "xdp",
      variant: "native",
      workload: "ipv4-forward",
      result,
    })[2];
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

  it("says that a run was cut", () => {
    const row = rowsOf(trial(native!.id, 0, measured(1)))[2];
    expect(row).toMatchObject({ status: "incomplete" });
    expect(row!.reason).toContain("1 of 2 trials");
  });

  it("says of a cell of which no turn was kept that it has no figure, and why", () => {
    const turns = { costsNs: [], referenceNs: [], discarded: 9, clockNs: 40, windowsPerSample: 1 };
    const empty = { ...measured(), residentBytesMax: 1, turns } as TrialResult;
    const one = rowsOf(trial(native!.id, 0, empty), trial(native!.id, 1, measured(5)));
    expect(one.at(-1)).toMatchObject({ status: "measured", p50: 5 });
    const none = rowsOf(trial(native!.id, 0, empty), trial(native!.id, 1, empty));
    expect(none.at(-1)).toMatchObject({ status: "failed", p50: null });
    expect(none.at(-1)!.reason).toMatch(/^no turn could be kept/);
  });

  it("ranks the rows of each place, machine and clock on their own", () => {
    const place = { kind: "guest", machine: "igb", clock: "instructions" } as const;
    const counting = { ...section, place };
    const guest = {
      ...{ class: "emulated" as const, kernel: "6.1-guest", qemu: "10.0.8" },
      ...{ guestCommand: "qemu-system-x86_64 -smp 1", processor: "QEMU TCG max" },
    };
    const grounds = [run.grounds[0]!, guest];
    const both: RunEvent = { ...run, config: [section, counting], grounds };
    const costs = [1, 100, 50, 2, 3000, 1000];
    const events = expandMatrix(both.config).flatMap((cell, i) => bothRounds(cell.id, costs[i]!));
    const rows = deriveRows({ run: both, events: [both, ...events] });
    expect(rows.map((row) => row.speedup_over_reference)).toEqual([100, 1, 2, 1500, 1, 3]);
    expect(rows.map((row) => row.p50)).toEqual([1, 100, 50, 1, 1500, 500]);
    expect(rows[5]).toMatchObject({
      cell: "guest/igb/instructions/xdp/native/64B/burst64/flows1/window1",
      ...{ place: "guest", machine: "igb", class: "emulated", kernel: "6.1-guest" },
    });
  });

  it("skips a cell that has no probe when its trial was skipped", () => {
    const result: TrialResult = { status: "skipped", missing: "no guest", remedy: "fetch it" };
    const row = rowsOf(trial(nullCell!.id, 0, result))[0];
    expect(row).toMatchObject({ status: "skipped", reason: "no guest; fetch it", p50: null });
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

  it("refuses a figure that is not a number", () => {
    const [row] = rowsOf();
    expect(() => toCsv([{ ...row!, p50: Number.NaN }])).toThrow();
  });

  it("keeps text of the environment from being a formula", () => {
    expect(toCsv(rowsOf())).not.toMatch(/(^|,)"?=/m);
  });
});

describe("formatTable", () => {
  it("says class, place, unit and clock next to the figures", () => {
    const table = formatTable(rowsOf(...bothRounds(native!.id, 50)));
    expect(table).toContain("class virtual · place host · clock wall · ns/frame, closed-loop");
  });

  it("gives the reason where there is no figure", () => {
    expect(formatTable(rowsOf())).toContain("incomplete: 0 of 2 trials");
  });
});
