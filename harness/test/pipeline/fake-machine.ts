/**
 * A machine for `run` on which a trial costs exactly what a table says: no root, no traffic, no
 * clock. The whole way from a config to the files of a run can be tried on it within a second.
 */
import { clockOf } from "@iopath/lab";
import { nanosecondsPerInstruction } from "@iopath/lab/guest";
import { meanFrameBytes, type Section, type TrialResult } from "../../src/index.ts";
import type { Machine } from "../../src/run/machine.ts";
import type { CountedTrial, TrialOrder, TrialRunner } from "../../src/runner/runner.ts";
import type { MeasuredResult } from "../../src/trial/request.ts";
import { run as anyRun } from "../journal-fixture.ts";

/**
 * A trial as the fake sees it: what was ordered, for which section, and the how-manieth order it
 * is.
 */
export type FakeOrder = TrialOrder & { readonly section: Section; readonly index: number };
export type MeasuredOrder = Extract<FakeOrder, { role: "closed-loop" }>;

export interface FakeOptions {
  /** What a frame costs, in the unit of the section's clock. @default `costOf` */
  readonly cost?: (order: MeasuredOrder) => number;
  /** Another answer than that of a healthy trial; undefined for that. */
  readonly answer?: (order: FakeOrder) => TrialResult | undefined;
  /** What opening the place of a section throws. */
  readonly refusal?: (section: Section) => Error | undefined;
  /** What the machine shows a user: notes, and what came of each step. */
  readonly told?: string[];
  /** How many processes may be alive at once. */
  readonly lanesMax?: number;
  /** What the profiler leaves of a trial; a machine that is asked for none has none. */
  readonly raw?: CountedTrial["raw"];
  /** Why each trial fails while it is profiled. */
  readonly profilerFault?: string;
}

const guestProvenance = {
  class: "emulated" as const,
  kernel: "6.12.0-guest",
  qemu: "10.0.8",
  guestCommand: "qemu-system-x86_64 -smp 1",
  processor: "QEMU TCG max",
};
const hostProvenance = { kernel: "6.18.0-host", qemu: "", guestCommand: "" };

function classOf(kind: Section["place"]["kind"]): "virtual" | "hardware" {
  return kind === "lab" ? "virtual" : "hardware";
}

/** What each order takes by the machine's clock. */
export const msPerOrder = 1000;

export const startedAt = "2026-12-01T08:00:00.000Z";

export function fakeMachine(options: FakeOptions = {}): Machine & { readonly orders: FakeOrder[] } {
  const { refusal, told = [] } = options;
  const orders: FakeOrder[] = [];
  return {
    orders,
    lock: async () => ({ [Symbol.dispose]() {} }),
    prepare: async () => ({ refusals: new Map(), ports: new Map() }),
    readEnvironment: () => anyRun.environment,
    hashOf: () => "0123456789ab",
    provenanceOf: async ({ place: { kind } }) =>
      kind === "guest" ? guestProvenance : { ...hostProvenance, class: classOf(kind) },
    async openRunner(section, signal) {
      const error = refusal?.(section);
      if (error) throw error;
      return fakeRunner(section, signal, { options, orders });
    },
    showProgress: () => ({
      begin: (_kind, { where, what }) => ({
        end: (outcome) => told.push(`${where}: ${what}  ${outcome}`),
      }),
      note: (text) => told.push(text),
      show: () => {},
      [Symbol.dispose]() {},
    }),
    now: () => new Date(startedAt),
    elapsedMs: () => orders.length * msPerOrder,
    lanesMax: () => options.lanesMax ?? 24,
  };
}

function fakeRunner(
  section: Section,
  signal: AbortSignal,
  { options, orders }: { options: FakeOptions; orders: FakeOrder[] },
): TrialRunner {
  const cost = options.cost ?? costOf;
  const ask = (order: TrialOrder) => {
    signal.throwIfAborted();
    const asked: FakeOrder = { ...order, section, index: orders.length };
    orders.push(asked);
    const answer = options.answer?.(asked) ?? healthy(asked, cost);
    signal.throwIfAborted(); // an answer that comes too late is lost, as on a real machine
    return { asked, answer };
  };
  return {
    run: async (order) => ask(order).answer,
    async profile(order) {
      const { raw, profilerFault: reason } = options;
      if (reason !== undefined) return { result: { status: "failed", reason } };
      const result = ask(order).answer;
      return raw && result.status === "measured" ? { result, raw } : { result };
    },
    async launch({ cells, reference, turns }) {
      const made = cells.map(ask);
      const beside = reference && cost({ ...reference, section, index: orders.length });
      const results = made.map(({ asked, answer }) =>
        answer.status === "measured" && !answer.turns
          ? inTurns(asked as MeasuredOrder, answer, turns, cost, beside)
          : answer,
      );
      const half = (made.length * msPerOrder) / 2;
      return { results, openingMs: half, slicesMs: half };
    },
    [Symbol.dispose]() {},
  };
}

function healthy(order: FakeOrder, cost: (order: MeasuredOrder) => number): TrialResult {
  if (order.role === "probe") return { status: "supported" };
  return order.role === "verify" ? verified(order) : measured(order, cost(order));
}

function verified({ frames: count, seed }: Extract<FakeOrder, { role: "verify" }>): TrialResult {
  const drops = { ttl: 1 };
  const faults = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 };
  return {
    status: "verified",
    frames: count,
    seed,
    judgement: { expected: count - 1, matched: count - 1, ...faults },
    dropsExpected: drops,
    dropsCounted: drops,
  };
}

/**
 * The figures of a row are simple multiples of the cost: p10 is 98 % of it, p50 the cost itself,
 * p90 105 % and p99 twice the cost.
 */
function measured(
  { section, samples: count, window: size, warmUpWindows }: MeasuredOrder,
  cost: number,
): TrialResult {
  const ns = clockOf(section.place) === "instructions" ? cost * nanosecondsPerInstruction : cost;
  const frames = count * size;
  const sent = frames + warmUpWindows * size;
  return {
    status: "measured",
    samplesNs: Array.from({ length: count }, (_, i) => ns * shareAt((i + 0.5) / count)),
    framesSent: sent,
    framesReceived: sent,
    garbageCollections: 0,
    residentBytesMax: 64 * 2 ** 20,
    cpuUserUs: Math.round((cost * frames) / 4000),
    cpuSystemUs: Math.round((cost * frames) / 2000),
    syscalls: 2 * count,
    wakeups: count,
    contextSwitches: 0,
    deviceMode: "",
  };
}

/** Every slice costs what the table says, give or take the same pattern on either side. */
function inTurns(
  order: MeasuredOrder,
  result: MeasuredResult,
  turns: number,
  cost: (order: MeasuredOrder) => number,
  beside: number | undefined,
): TrialResult {
  const slices = (ns: number) => Array.from({ length: turns }, (_, i) => ns * (1 + (i % 5) / 500));
  return {
    ...result,
    turns: {
      costsNs: slices(cost(order)),
      referenceNs: beside === undefined ? [] : slices(beside),
      discarded: 0,
      clockNs: 40,
      windowsPerSample: 1,
    },
  };
}

function shareAt(quantile: number): number {
  if (quantile < 0.15) return 0.98;
  if (quantile < 0.85) return 1;
  return quantile < 0.95 ? 1.05 : 2;
}

/** Of a 64-byte frame at window 1; instructions in guests. At window 64 it is half of that. */
const costs: Record<string, number> = {
  "tester-only/direct": 2000,
  "kernel-sockets/packet-mmsg": 8000,
  "xdp/native": 4000,
  "xdp/af-xdp": 5000,
  "userspace-pmd/net-null": 1000,
  "sriov-vf/vfio": 3000,
};

/** And 1 for each byte beyond 64, 100 from the second flow on; two workers cost a quarter more. */
export function costOf({
  path,
  variant,
  window,
  frameBytes,
  flows = 1,
  workers = 1,
}: MeasuredOrder): number {
  const base = costs[`${path}/${variant}`];
  if (base === undefined) throw new Error(`the fake machine knows no cost of ${path}/${variant}`);
  const size = meanFrameBytes(frameBytes) - 64;
  const once = (window === 1 ? base : base / 2) + size + (flows > 1 ? 100 : 0);
  return once * (workers > 1 ? 1.25 : 1);
}
