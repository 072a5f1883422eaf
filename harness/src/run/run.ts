/**
 * A run: config → cells → lock; then for each section venue → probe → verify → rounds of trials →
 * rows.
 */
import { join } from "node:path";
import { explain, IopathError } from "@iopath/contract";
import { describeHolders, lockMachine } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { journalName, makeFolder } from "../files/files.ts";
import { csvName } from "../files/results-csv.ts";
import { writeResults } from "../files/write.ts";
import { expandMatrix } from "../matrix/cell.ts";
import type { Config } from "../matrix/config.ts";
import { nameOfSection } from "../matrix/section.ts";
import { type Progress, showProgress } from "../present/terminal/progress.ts";
import { deriveRows } from "../rows/derive.ts";
import type { Row } from "../rows/row.ts";
import { openVenue } from "../venue/venue.ts";
import { readEnvironment } from "./environment.ts";
import { Journal, readJournal } from "./journal.ts";
import { groundOf, prepareGuests, type Refusals } from "./provenance.ts";
import { describeStep, kindOf } from "./step-text.ts";
import { perform, planSteps, type Step, skip } from "./steps.ts";

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
  const file = join(options.folder, journalName);
  const earlier = options.resume ? readJournal(file).run : undefined; // tell of a bad one at once
  const config = earlier?.config ?? options.config;
  const refusals = await prepareGuests(config, options.signal);
  using _lock = await lockMachine({
    waitMs: lockWaitMs,
    share: config.every(({ clock }) => clock === "instructions"),
    onWait: (holders) => process.stderr.write(`waiting for ${describeHolders(holders)}\n`),
    onUnlocked: (why) => process.stderr.write(`the machine is not locked: ${why}\n`),
    signal: options.signal,
  });
  using journal = await openJournal(options);
  const plan = planSteps(journal, expandMatrix(journal.run.config));
  using progress = showProgress(plan.flat().map(kindOf));
  try {
    await measureSections({ journal, plan, refusals, progress, signal: options.signal });
  } finally {
    await writeResults(options.folder, journal);
  }
  return deriveRows(journal);
}

async function openJournal({ folder, resume, config }: RunOptions): Promise<Journal> {
  const file = join(folder, journalName);
  if (resume) return Journal.resume(file);
  const startedAt = new Date().toISOString();
  return Journal.create(file, {
    event: "run",
    format: 2,
    runId: startedAt.replaceAll(/[-:]|\.\d+/g, ""),
    startedAt,
    config,
    grounds: await Promise.all(config.map(groundOf)),
    environment: readEnvironment(),
  });
}

interface Measuring {
  readonly journal: Journal;
  /** Of each section. */
  readonly plan: readonly (readonly Step[])[];
  readonly refusals: Refusals;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * What is measured in time goes one section after the other, each in a venue of its own: a guest
 * that idles disturbs the host. Counted instructions don't mind company, so those guests run side
 * by side, one a CPU. A place that is not to be had skips its section, and the others go on.
 *
 * @throws IopathError when there was no place for any of them
 */
async function measureSections(measuring: Measuring): Promise<void> {
  const { config } = measuring.journal.run;
  const wanted = [...measuring.plan.entries()].filter(([, steps]) => steps.length > 0);
  const isCounted = ([index]: (typeof wanted)[number]) => config[index]!.clock === "instructions";
  const refused: (IopathError | undefined)[] = [];
  const measureAll = async (sections: Iterable<(typeof wanted)[number]>) => {
    for (const [index, steps] of sections) {
      refused.push(await measureSection(measuring, index, steps));
    }
  };
  await measureAll(wanted.filter((section) => !isCounted(section)));
  const counted = wanted.filter(isCounted).values(); // shared: whoever is free takes the next
  await allOrFirstFault(allowedCpus().map(() => measureAll(counted)));
  const [first] = refused;
  if (first && refused.every(Boolean)) throw first;
}

/** Waits for all of them, also when one fails: none goes on behind the back of its caller. */
async function allOrFirstFault(tasks: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(tasks)) {
    if (end.status === "rejected") throw end.reason;
  }
}

/** Why the section's place is not to be had; undefined when it was measured. */
async function measureSection(
  { journal, refusals, progress, signal }: Measuring,
  index: number,
  steps: readonly Step[],
): Promise<IopathError | undefined> {
  const section = journal.run.config[index]!;
  const opened = refusals.get(index) ?? (await openVenue(section, signal).catch(onlyTrouble));
  if (opened instanceof IopathError) {
    progress.note(`skipped all of ${nameOfSection(section)}: ${explain(opened)}`);
    for (const step of steps) {
      const task = progress.begin(kindOf(step), describeStep(step, journal));
      skip(step, opened, journal);
      task.end("skipped");
    }
    return opened;
  }
  using venue = opened;
  for (const step of steps) {
    const task = progress.begin(kindOf(step), describeStep(step, journal));
    task.end(await perform(step, { journal, venue, progress }));
  }
  return undefined;
}

/** Faults of ours go on as they are. */
function onlyTrouble(error: unknown): IopathError {
  if (error instanceof IopathError) return error;
  throw error;
}

/** What a run that ended early says about itself. */
export function describeCut(error: unknown, folder: string): string {
  return `${explain(error)}\nrows so far are in ${join(folder, csvName)}; --resume goes on`;
}
