/** A run: config → cells → lock → lab → probe → verify → rounds of trials → rows. */
import { join } from "node:path";
import { type Class, explain } from "@iopath/contract";
import { findGuestPackages, findPorts, lockMachine, setUpGuestPackages } from "@iopath/lab";
import type { Config } from "./config.ts";
import { readEnvironment } from "./environment.ts";
import { Journal, type JournalEvent, readJournal } from "./journal.ts";
import { type Cell, expandMatrix } from "./matrix.ts";
import { journalName, makeFolder } from "./output/files.ts";
import { csvName } from "./output/results-csv.ts";
import { writeResults } from "./output/write.ts";
import { nullPath } from "./paths.ts";
import { type Progress, showProgress } from "./progress.ts";
import type { Row } from "./row.ts";
import { deriveRows, inUnitOf, problemOf, unitOf } from "./rows.ts";
import type { TrialResult } from "./trial/request.ts";
import { openVenue, type TrialOrder, type Venue } from "./venue.ts";

const lockWaitMs = 10 * 60_000;

export interface RunOptions {
  readonly config: Config;
  readonly folder: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
}

/** Runs what is not in the journal yet; the rows of the whole run, also when it is cut short. */
export async function run(options: RunOptions): Promise<Row[]> {
  makeFolder(options.folder);
  if (options.config.place === "guest") {
    await setUpGuestPackages((line) => process.stderr.write(`${line}\n`));
  }
  if (options.resume) readJournal(join(options.folder, journalName)); // tell of a bad one at once
  using _lock = await lockMachine({
    waitMs: lockWaitMs,
    onWait: (holder) => process.stderr.write(`waiting for process ${holder}, which is measuring\n`),
    signal: options.signal,
  });
  using journal = openJournal(options);
  const { signal } = options;
  const { config } = journal.run;
  const cells = expandMatrix(config);
  const plan = planSteps(journal, cells);
  using venue = await openVenue(config, signal);
  using progress = showProgress(plan.length);
  const context = { journal, venue };
  try {
    for (const step of plan) progress.step(await perform(step, context, progress));
  } finally {
    await writeResults(options.folder, journal);
  }
  return deriveRows(journal);
}

function openJournal({ folder, resume, config }: RunOptions): Journal {
  const file = join(folder, journalName);
  if (resume) return Journal.resume(file);
  const startedAt = new Date().toISOString();
  return Journal.create(file, {
    event: "run",
    format: 1,
    runId: startedAt.replaceAll(/[-:]|\.\d+/g, ""),
    startedAt,
    config,
    class: classOf(config),
    environment: { ...readEnvironment(), ...kernelOf(config) },
  });
}

/** Figures of the lab are virtual, those of a guest emulated; of other ports their drivers decide. */
function classOf({ hardware, place }: Config): Class {
  if (hardware) return findPorts(hardware).class;
  return place === "guest" ? "emulated" : "virtual";
}

/** A guest has a kernel of its own; the processor below it is this host's. */
function kernelOf({ place }: Config): { kernel?: string } {
  return place === "guest" ? { kernel: findGuestPackages().kernelVersion } : {};
}

type Step =
  | { readonly kind: "probe"; readonly path: string; readonly variant: string }
  | { readonly kind: "verify"; readonly cell: Cell }
  | { readonly kind: "trial"; readonly cell: Cell; readonly round: number };

/** Probes, then verify passes, then the trials in rounds over all cells; less what was done before. */
function planSteps({ events, run: { config } }: Journal, cells: readonly Cell[]): Step[] {
  const done = new Set(events.map(keyOfEvent));
  const forwarding = cells.filter(({ path }) => path !== nullPath);
  const variants = new Map(forwarding.map((cell) => [`${cell.path}/${cell.variant}`, cell]));
  const steps: Step[] = [
    ...[...variants.values()].map(({ path, variant }): Step => ({ kind: "probe", path, variant })),
    ...forwarding.map((cell): Step => ({ kind: "verify", cell })),
    ...Array.from({ length: config.rounds }, (_, round) =>
      cells.map((cell): Step => ({ kind: "trial", cell, round })),
    ).flat(),
  ];
  return steps.filter((step) => !done.has(keyOfStep(step)));
}

type CellStep = Exclude<Step, { kind: "probe" }>;

function keyOfStep(step: Step): string {
  if (step.kind === "probe") return `probe ${step.path}/${step.variant}`;
  return step.kind === "verify" ? `verify ${step.cell.id}` : `${step.cell.id} ${step.round}`;
}

function keyOfEvent(event: JournalEvent): string {
  if (event.event === "probe") return `probe ${event.path}/${event.variant}`;
  if (event.event === "trial") return `${event.cell} ${event.round}`;
  return event.event === "verify" ? `verify ${event.cell}` : "run";
}

interface Context {
  readonly journal: Journal;
  readonly venue: Venue;
}

/** Does one step, journals it, checks that nothing was left behind; returns a line for the user. */
async function perform(step: Step, context: Context, progress: Progress): Promise<string> {
  const { journal, venue } = context;
  if (step.kind === "probe") {
    const { path, variant } = step;
    const result = await venue.order({ role: "probe", path, variant, burst: 1 });
    journal.append({ event: "probe", path, variant, result });
    if (result.status === "skipped") progress.note(`skipped ${path}/${variant}: ${result.missing}`);
    return `probed ${path}/${variant}`;
  }
  const { cell } = step;
  if (isOver(journal, cell)) return `left out ${cell.id}`;
  const result = await venue.order(trialOrder(step, journal.run.config));
  if (step.kind === "verify") journal.append({ event: "verify", cell: cell.id, result });
  else journal.append({ event: "trial", cell: cell.id, round: step.round, result });
  const problem = problemOf(result);
  if (problem) progress.note(`failed ${cell.id}: ${problem}`);
  return describe(step, result, journal.run.config);
}

/** A cell that was skipped or has failed is not measured any further. */
function isOver({ events }: Journal, cell: Cell): boolean {
  return events.some((entry) => {
    if (entry.event === "probe") {
      const same = entry.path === cell.path && entry.variant === cell.variant;
      return same && entry.result.status !== "supported";
    }
    return entry.event !== "run" && entry.cell === cell.id && problemOf(entry.result) !== undefined;
  });
}

function trialOrder(step: CellStep, config: Config): TrialOrder {
  const { path, variant, burst, frameBytes, flows, window } = step.cell;
  const common = { path, variant, burst, flows };
  if (step.kind === "verify") {
    return { ...common, role: "verify", frames: config.verifyFrames, seed: seedOf(step.cell.id) };
  }
  const warmUpWindows = Math.ceil(config.warmUpFrames / window);
  const { samples } = config;
  return { ...common, role: "closed-loop", frameBytes, window, warmUpWindows, samples };
}

/** A seed that is the cell's own, and the same in every run (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

function describe(step: CellStep, result: TrialResult, { clock }: Config): string {
  const name = step.cell.id;
  if (step.kind === "verify") return `verified ${name}`;
  if (result.status !== "measured") return `${name} ${result.status}`;
  const p50 = result.samplesNs[result.samplesNs.length >>> 1]!;
  return `round ${step.round + 1}  ${name}  ${inUnitOf(clock, p50).toFixed(0)} ${unitOf(clock)}`;
}

/** What a run that ended early says about itself. */
export function describeCut(error: unknown, folder: string): string {
  return `${explain(error)}\nrows so far are in ${join(folder, csvName)}; --resume goes on`;
}
