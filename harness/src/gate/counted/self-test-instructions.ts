/**
 * `iopath self-test instructions`: the false alarms of the gate on instructions, and what it finds,
 * on this machine. Whole runs of equal code, each in guests of its own and every other one beside a
 * busy CPU, are gated against each other, every pair of them. Work is planted in a cell of each
 * path, and each trial with it is gated against one without.
 *
 * Each run has a folder, and a run that was cut resumes, so that a self-test can be made in pieces.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { journalName } from "../../files/files.ts";
import type { JournalEvent } from "../../journal/events.ts";
import { readJournal } from "../../journal/journal.ts";
import type { Config } from "../../matrix/config.ts";
import type { Planted } from "../../matrix/planted.ts";
import type { Section } from "../../matrix/section.ts";
import { paths, testerOnly, typicalVariants } from "../../paths/all.ts";
import { deriveRows } from "../../rows/derive.ts";
import { run } from "../../run/run.ts";
import { isTimeUp, startTime } from "../paired/time-limit.ts";
import type { GateRow } from "./gate-row.ts";

interface CountedSelfTestOptions {
  readonly config: Config;
  /** Each run in a folder below; existing runs are not repeated. */
  readonly folder: string;
  /** Runs of equal code. */
  readonly equal: number;
  /** Trials of a cell with each kind of planted work. */
  readonly tries: number;
  readonly maxMinutes: number;
  readonly waitMinutes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Trials of one run with planted work, in the order of time. */
export interface PlantedRun {
  /** Undefined: the same cells without. */
  readonly planted: Planted | undefined;
  readonly rows: readonly GateRow[];
  /** Rows of one trial each. */
  readonly trials: readonly (readonly GateRow[])[];
}

export interface CountedSelfTest {
  readonly equal: readonly (readonly GateRow[])[];
  readonly planted: readonly PlantedRun[];
  /** Runs for which time did not suffice. */
  readonly missing: number;
}

/** Work the gate must detect, where a variant allows it. */
const plantings: readonly Planted[] = [
  { kind: "instructions", count: 40 },
  { kind: "syscall", count: 1 },
  { kind: "copy", count: 1 },
];

interface PlannedRun {
  readonly name: string;
  readonly config: Config;
  readonly busy: boolean;
}

/** Makes missing runs until the time is up; returns all complete runs. */
export async function countedSelfTest(options: CountedSelfTestOptions): Promise<CountedSelfTest> {
  const { folder, waitMinutes, signal, onProgress } = options;
  const time = startTime(options.maxMinutes, signal);
  const plan = planRuns(options);
  const whole = new Set<string>();
  try {
    for (const { name, config, busy } of plan) {
      const at = join(folder, name);
      onProgress(`${name}${busy ? ", beside a busy CPU" : ""}`);
      using _load = busy ? keepBusy() : undefined;
      const resume = existsSync(join(at, journalName));
      await run({ config, folder: at, resume, waitMinutes, signal: time.signal });
      whole.add(name);
    }
  } catch (error) {
    if (!isTimeUp(error)) throw error;
  }
  return {
    equal: planEqual(options).flatMap(({ name }) =>
      whole.has(name) ? [deriveRows(readJournal(join(folder, name, journalName)))] : [],
    ),
    planted: [undefined, ...plantings].flatMap((planted) =>
      whole.has(nameOf(planted)) ? [readPlanted(folder, planted)] : [],
    ),
    missing: plan.length - whole.size,
  };
}

type Wanted = Pick<CountedSelfTestOptions, "config" | "equal" | "tries">;

/** Every run of the self-test, in its order. */
export function planRuns(wanted: Wanted): PlannedRun[] {
  return [...planEqual(wanted), ...planPlanted(wanted)];
}

function planEqual({ config, equal }: Wanted): PlannedRun[] {
  return Array.from({ length: equal }, (_, i) => {
    return { name: `equal-${String(i + 1).padStart(2, "0")}`, config, busy: i % 2 === 1 };
  });
}

function nameOf(planted: Planted | undefined): string {
  return planted ? `planted-${planted.kind}-${planted.count}` : "planted-nothing";
}

function planPlanted({ config, tries }: Wanted): PlannedRun[] {
  const cells = oneCellEach(config).map((section) => ({ ...section, rounds: tries }));
  return [undefined, ...plantings].map((planted) => {
    const fitting = planted ? cells.flatMap((section) => withPlanted(section, planted)) : cells;
    return { name: nameOf(planted), config: fitting, busy: false };
  });
}

/**
 * Sections with the variants that stand for their path, one per burst; of a path without any of
 * them, its first variant.
 */
function oneCellEach(config: Config): Section[] {
  const seen = new Set<string>();
  return config.flatMap((section) => {
    const chosen = Object.entries(section.paths).flatMap(([path, variants]) => {
      if (path === testerOnly) return [];
      const fresh = typicalOf(config, path, variants).filter((variant) => {
        const cell = `${path}/${variant}/${section.bursts}`;
        return !seen.has(cell) && seen.add(cell);
      });
      return fresh.length > 0 ? [[path, fresh] as const] : [];
    });
    return chosen.length > 0 ? [{ ...section, paths: Object.fromEntries(chosen) }] : [];
  });
}

function typicalOf(config: Config, path: string, variants: readonly string[]): readonly string[] {
  const isTypical = (name: string) => typicalVariants[path]?.includes(name) ?? false;
  const inConfig = config.flatMap((section) => section.paths[path] ?? []);
  const isWanted = inConfig.some(isTypical) ? isTypical : (name: string) => name === inConfig[0];
  return variants.filter(isWanted);
}

/** The section with the work in those variants that have a place for it. */
function withPlanted(section: Section, planted: Planted): Section[] {
  const listed = Object.entries(section.paths).map(([path, variants]) => {
    const all = paths.find(({ name }) => name === path)!.variants;
    const polled = new Set(all.filter(({ kind }) => kind === "polled").map(({ name }) => name));
    const has = (name: string) => planted.kind === "instructions" || polled.has(name);
    return [path, variants.filter(has)] as const;
  });
  const fitting = listed.filter(([, variants]) => variants.length > 0);
  return fitting.length > 0 ? [{ ...section, paths: Object.fromEntries(fitting), planted }] : [];
}

/** Each trial as if it had been a run of its own. */
function readPlanted(folder: string, planted: Planted | undefined): PlantedRun {
  const journal = readJournal(join(folder, nameOf(planted), journalName));
  const { rounds } = journal.run.config[0]!;
  const single = {
    ...journal.run,
    config: journal.run.config.map((one) => ({ ...one, rounds: 1 })),
  };
  const inRound = (round: number) => (event: JournalEvent) =>
    event.event !== "trial" || event.round === round;
  return {
    planted,
    rows: deriveRows(journal),
    trials: Array.from({ length: rounds }, (_, round) =>
      deriveRows({ run: single, events: journal.events.filter(inRound(round)) }),
    ),
  };
}

/** A process that does nothing but take a CPU. */
function keepBusy(): Disposable {
  const child: ChildProcess = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return { [Symbol.dispose]: () => child.kill("SIGKILL") };
}
