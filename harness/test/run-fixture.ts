/**
 * A run as wide as a user's: a host and two guests, all paths, sizes, windows, flows; figures made
 * up.
 */
import { quantileSorted } from "simple-statistics";
import {
  type Cell,
  deriveRows,
  expandMatrix,
  meanFrameBytes,
  type Row,
  type Section,
} from "../src/index.ts";
import type { JournalEvent, RunEvent } from "../src/journal/events.ts";
import { inUnitOf } from "../src/matrix/clock.ts";
import { measured, run } from "./journal-fixture.ts";

/** About what a frame of 64 bytes costs at window 1 and at window 64: nanoseconds, instructions. */
const about: Record<string, readonly [few: number, many: number]> = {
  "host tester-only/direct": [2213, 1479],
  "host kernel-sockets/packet-mmsg": [5908, 3978],
  "host kernel-sockets/packet-ring": [5378, 3819],
  "host kernel-sockets/udp-gso": [15052, 2098],
  "host xdp/native": [2694, 2028],
  "host xdp/af-xdp": [4446, 2826],
  "host userspace-pmd/memif": [400, 54],
  "host userspace-pmd/af-xdp": [4637, 2835],
  "igb tester-only/direct": [5200, 3100],
  "igb kernel-sockets/packet-mmsg": [14100, 8300],
  "igb xdp/native": [7600, 4100],
  "igb sriov-vf/packet-mmsg": [16900, 9800],
  "igb sriov-vf/vfio": [6900, 3700],
  "pvrdma tester-only/direct": [5200, 3100],
  "pvrdma kernel-sockets/packet-mmsg": [14100, 8300],
  "pvrdma pvrdma/rc": [9900, 5200],
};

const section = (machine: string, more: Partial<Section>): Section => ({
  ...run.config[0]!,
  place: machine === "" ? { kind: "lab" } : { kind: "guest", machine, clock: "instructions" },
  paths: pathsOf(machine || "host"),
  ...more,
});

/** The paths of `about`, and one variant that no machine has. */
function pathsOf(machine: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const key of Object.keys(about)) {
    const [where, path, variant] = key.split(/[ /]/) as [string, string, string];
    if (where === machine) found[path] = [...(found[path] ?? []), variant];
  }
  if (machine === "host") found.xdp!.push("af-xdp-zero-copy");
  return found;
}

interface WideRun {
  readonly run: RunEvent;
  readonly events: JournalEvent[];
  readonly rows: Row[];
}

export function buildWideRun(): WideRun {
  const config = [
    section("", { frameBytes: [64, 512, 1518], flows: [1, 1000, 65536] }),
    section("igb", { frameBytes: [64] }),
    section("pvrdma", { frameBytes: [64] }),
  ];
  const emulated = {
    class: "emulated",
    kernel: "6.12",
    qemu: "10.0.8",
    guestCommand: "qemu",
  } as const;
  const wide: RunEvent = {
    ...run,
    config,
    grounds: [{ class: "virtual", kernel: "6.18", qemu: "", guestCommand: "" }, emulated, emulated],
  };
  const missing = {
    missing: "bind a socket of AF_XDP to port0 for zero-copy: EOPNOTSUPP",
    remedy: "take a network card whose driver has it",
  };
  const probe: JournalEvent = {
    event: "probe",
    section: 0,
    path: "xdp",
    variant: "af-xdp-zero-copy",
    workload: "ipv4-forward",
    result: { status: "skipped", ...missing },
  };
  const trials = [0, 1].flatMap((round) =>
    expandMatrix(config).map((cell) => trialOf(cell, config[cell.section]!, round)),
  );
  const profiles = trials.flatMap(profileOf);
  const events = [wide, probe, ...profiles, ...trials];
  return { run: wide, events, rows: deriveRows({ run: wide, events }) };
}

function trialOf(cell: Cell, { place }: Section, round: number): JournalEvent {
  const where = place.kind === "guest" ? place.machine : "host";
  const { id, path, variant, window, frameBytes, flows } = cell;
  if (variant === "udp-gso" && frameBytes === 1518) {
    const reason = "3 of 64 frames did not come back within 1000 ms";
    return { event: "trial", cell: id, round, result: { status: "failed", reason } };
  }
  const base = about[`${where} ${path}/${variant}`]?.[window > 1 ? 1 : 0] ?? 1000;
  const middle = base * (1 + (meanFrameBytes(frameBytes) - 64) / 6000) + Math.log(flows) * 9;
  const result = measured(spread(place.kind !== "guest" ? middle : middle * 2, round));
  const frames = 100 * window;
  const [cpuUserUs, cpuSystemUs] = [(middle * frames) / 3000, (middle * frames) / 1500];
  const counts = { cpuUserUs: Math.round(cpuUserUs), cpuSystemUs: Math.round(cpuSystemUs) };
  return { event: "trial", cell: id, round, result: { ...result, ...counts } as typeof result };
}

/** Of the first guest's trials, whose groups add up to the median as the row has it. */
function profileOf(trial: JournalEvent): JournalEvent[] {
  if (trial.event !== "trial" || trial.result.status !== "measured") return [];
  const { cell, round, result } = trial;
  if (!cell.startsWith("guest/igb") || round > 0) return [];
  const samples = result.samplesNs.map((ns) => inUnitOf("instructions", ns));
  const p50 = quantileSorted(samples, 0.5);
  const shares = {
    ...{ "tester, in user space": 0.01, "system-call entry": 0.06, sockets: 0.12 },
    ...{ "packet sockets": 0.08, copies: 0.1, "frame buffers (skb, pages)": 0.28 },
    ...{ driver: 0.09, "NAPI and softirq": 0.11, "BPF programs": 0.02, "IP and routing": 0.1 },
    ...{ workload: 0.01, "interrupt entry": 0.01, "kernel, other": 0.01 },
  };
  const groups = Object.entries(shares).map(([group, share]) => ({ group, own: share * p50 }));
  return [{ event: "profile", cell, profile: { p50, groups } }];
}

/**
 * Ascending samples about a median: most within a few percent, some twice that, a few far above.
 */
function spread(middle: number, round: number): number[] {
  return Array.from({ length: 100 }, (_, i) => {
    const quantile = (i + 0.5) / 100;
    const body = 0.018 * Math.log(quantile / (1 - quantile)) + round * 0.01;
    const tail = i > 96 ? (i - 96) * 0.5 : 0;
    return Math.round(middle * (1 + body + tail) * 10) / 10;
  });
}

/** The same run with its rows again and again, at other windows and bursts. */
export function manyRows(rows: readonly Row[], count: number): Row[] {
  return Array.from({ length: count }, (_, i): Row => {
    const row = rows[i % rows.length]!;
    const factor = 1 + (i % 97) / 1000;
    const p50 = row.p50 === null ? null : row.p50 * factor;
    return { ...row, cell: `${row.cell}/${i}`, window: 1 + (i % 200), burst: 1 + (i % 7), p50 };
  });
}
