/** A run as its journal holds it, for tests of what is derived from it. */
import { expandMatrix, type Section, type TrialResult } from "../src/index.ts";
import type { JournalEvent, RunEvent } from "../src/journal/events.ts";

const section: Section = {
  place: { kind: "lab" },
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  frameBytes: [64, 512],
  windows: [1, 64],
  flows: [1],
  workers: [1],
  bursts: [64],
  workloads: ["ipv4-forward"],
  rounds: 2,
  samples: 3,
  warmUpFrames: 0,
  verifyFrames: 10,
};

export const run: RunEvent = {
  event: "run",
  format: 2,
  runId: "r1",
  startedAt: "2026-11-23T12:00:00.000Z",
  config: [section],
  grounds: [{ class: "virtual", kernel: "6.1", qemu: "", guestCommand: "" }],
  environment: {
    kernel: "6.1",
    architecture: "x64",
    distribution: "Debian",
    cpuModel: "EPYC",
    cpus: 2,
    cpusOnline: "0-1",
    cpusAllowed: "0-1",
    cpuQuota: null,
    memoryBytes: 1,
    hypervisor: true,
    clockSource: "tsc",
    cpuGovernor: "unknown",
    mitigations: { srso: "none" },
    bpfJit: "1",
    transparentHugepages: "madvise",
    node: "26",
    v8: "14",
    calls: "trampolines",
    iopath: "0.1.0",
    revision: "abc",
    revisionDirty: false,
    revisionProblem: "",
    loadAverageAtStart: 0,
  },
  workloads: { "ipv4-forward": "0123456789ab" },
};

/** Samples of each path; those of the reference are twice those of XDP. */
const samplesNs: Record<string, number[]> = {
  "tester-only": [10, 11, 12],
  "kernel-sockets": [100, 110, 150],
  xdp: [50, 55, 75],
};

export function measured(samples: number[]): TrialResult {
  return {
    status: "measured",
    samplesNs: samples,
    framesSent: 3,
    framesReceived: 3,
    garbageCollections: 0,
    residentBytesMax: 1,
    cpuUserUs: 5,
    cpuSystemUs: 6,
    syscalls: 12,
    wakeups: null,
    contextSwitches: 0,
    deviceMode: "",
  };
}

/** A whole run; `factor` makes all of XDP so much slower. */
export function wholeRun(factor = 1): { run: RunEvent; events: JournalEvent[] } {
  const trials = [0, 1].flatMap((round) =>
    expandMatrix([section]).map((cell): JournalEvent => {
      const scale = cell.path === "xdp" ? factor : 1;
      const samples = samplesNs[cell.path]!.map((sample) => sample * scale);
      return { event: "trial", cell: cell.id, round, result: measured(samples) };
    }),
  );
  return { run, events: [run, ...trials] };
}

/**
 * A whole run as the command makes it: each forwarding cell's frames were compared before it was
 * measured.
 */
export function verifiedRun(factor = 1): { run: RunEvent; events: JournalEvent[] } {
  const [first, ...trials] = wholeRun(factor).events;
  const counts = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 };
  const judgement = { expected: 10, matched: 10, ...counts };
  const result: TrialResult = {
    status: "verified",
    frames: 10,
    seed: 1,
    judgement,
    dropsExpected: {},
    dropsCounted: {},
  };
  const verified = expandMatrix([section])
    .filter(({ path }) => path !== "tester-only")
    .map((cell): JournalEvent => ({ event: "verify", cell: cell.id, result }));
  return { run, events: [first!, ...verified, ...trials] };
}

export function skippedRun(reason: string): { run: RunEvent; events: JournalEvent[] } {
  const only: RunEvent = { ...run, config: [{ ...section, paths: { xdp: ["native"] } }] };
  const result: TrialResult = { status: "skipped", missing: reason, remedy: "get it" };
  return {
    run: only,
    events: [
      only,
      {
        event: "probe",
        section: 0,
        path: "xdp",
        variant: "native",
        workload: "ipv4-forward",
        result,
      },
    ],
  };
}
