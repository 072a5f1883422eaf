/**
 * A run: config → cells → lock; then for each section its runner → probe → verify → rounds of
 * trials → rows.
 */

import { join } from "node:path";
import { explain, IopathError, requireTrouble } from "@iopath/contract";
import { clockOf, nameOfPlace } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { notesOnCpus } from "../environment/environment-notes.ts";
import { journalName, makeFolder } from "../files/files.ts";
import { csvName } from "../files/results-csv.ts";
import { runIdOf } from "../journal/events.ts";
import { Journal, readJournal } from "../journal/journal.ts";
import type { Spent } from "../journal/spent.ts";
import { kindOf, type LaunchStep, type Step } from "../journal/step.ts";
import type { Config } from "../matrix/config.ts";
import { modulesOf } from "../matrix/modules.ts";
import type { Section } from "../matrix/section.ts";
import type { Progress } from "../present/terminal/progress.ts";
import { deriveRows } from "../rows/derive.ts";
import type { Row } from "../rows/row.ts";
import type { TrialRunner } from "../runner/runner.ts";
import { addOwnModules } from "../workloads/modules.ts";
import { type Machine, thisMachine } from "./machine.ts";
import { LaunchTime, narrowingLaunches } from "./narrowing.ts";
import { isProfiled, notesOnProfile } from "./profile-step.ts";
import type { Prepared } from "./provenance.ts";
import {
  describeLaunchOutcome,
  describeOutcome,
  describeStep,
  notesOf,
  notesOfLaunch,
} from "./step-text.ts";
import { type PlannedSection, perform, performLaunch, planSteps, skip } from "./steps.ts";
import { TimeSpent } from "./time-spent.ts";
import { writeResults } from "./write-results.ts";

export interface RunOptions {
  readonly config: Config;
  readonly folder: string;
  readonly resume: boolean;
  /** For another command that measures on this machine. */
  readonly waitMinutes: number;
  readonly signal: AbortSignal;
  /** Where the run takes place; this machine if undefined. */
  readonly machine?: Machine;
  /** The steps to make; all of them if undefined. */
  readonly only?: (step: Step) => boolean;
  /** Reported at the end, also when the run is cut short. */
  readonly onSpent?: (spent: Spent) => void;
}

/** Runs what is not in the journal yet; the rows of the whole run, also when it is cut short. */
export async function run(options: RunOptions): Promise<Row[]> {
  const { folder, waitMinutes, signal, machine = thisMachine, only = () => true } = options;
  const spent = new TimeSpent(() => machine.elapsedMs());
  makeFolder(folder);
  const file = join(folder, journalName);
  const earlier = options.resume ? readJournal(file).run : undefined; // a bad one ends it at once
  const config = earlier?.config ?? options.config;
  for (const modules of modulesOf(config)) await addOwnModules(modules);
  const prepared = await machine.prepare(config, signal);
  using _lock = await machine.lock(config, waitMinutes, signal);
  using journal = await openJournal(options, machine, prepared);
  const plan = planSteps(journal, machine.lanesMax()).map((planned) => {
    const refusal = prepared.refusals.get(planned.index);
    return { ...planned, refusal, steps: planned.steps.filter(only) };
  });
  using progress = machine.showProgress(plan.flatMap(({ steps }) => steps.map(kindOf)));
  for (const note of notesOn(journal.run)) progress.note(note);
  try {
    await measureSections({ journal, plan, progress, signal, machine, only, spent });
  } finally {
    tellSpent(journal, spent);
    await writeResults(folder, journal);
    options.onSpent?.(spent.soFar());
  }
  return deriveRows(journal);
}

/** A disk that is full takes its place from no row. */
function tellSpent(journal: Journal, spent: TimeSpent): void {
  try {
    journal.append({ event: "spent", ...spent.soFar() });
  } catch (error) {
    requireTrouble(error);
  }
}

/** What a reader of any figure has to know: of the machine, and of interfaces that others use. */
function notesOn({ environment, grounds }: Journal["run"]): string[] {
  return [...notesOnCpus(environment), ...grounds.flatMap(({ notes = [] }) => notes)];
}

async function openJournal(
  { folder, resume, config }: RunOptions,
  machine: Machine,
  { ports }: Prepared,
): Promise<Journal> {
  const file = join(folder, journalName);
  if (resume) return Journal.resume(file);
  const startedAt = machine.now().toISOString();
  return Journal.create(file, {
    event: "run",
    format: 2,
    runId: runIdOf(startedAt),
    startedAt,
    config,
    grounds: await Promise.all(
      config.map((section, i) => machine.provenanceOf(section, ports.get(i))),
    ),
    environment: machine.readEnvironment(),
    workloads: hashesOf(config, machine),
  });
}

/** Of each workload of a config, its program's. */
function hashesOf(config: Config, machine: Machine): Record<string, string> {
  const names = new Set(config.flatMap(({ workloads }) => workloads));
  return Object.fromEntries([...names].map((name) => [name, machine.hashOf(name)]));
}

/** A section, and why its place is not available, if that is known before it is opened. */
interface Wanted extends PlannedSection {
  readonly refusal: IopathError | undefined;
}

interface Measuring {
  readonly journal: Journal;
  readonly plan: readonly Wanted[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly machine: Machine;
  readonly only: (step: Step) => boolean;
  readonly spent: TimeSpent;
}

/**
 * What is measured in time goes one section after the other, each with a runner of its own: a guest
 * that idles disturbs the host. Counted instructions don't mind company, so those guests run side
 * by side, one a CPU. A place that is not available skips its section, and the others go on.
 *
 * @throws IopathError when there was no place for any of them
 */
async function measureSections(measuring: Measuring): Promise<void> {
  const wanted = measuring.plan.filter((one) => hasWork(one, measuring));
  const refused: (IopathError | undefined)[] = [];
  const measureAll = async (sections: Iterable<Wanted>) => {
    for (const one of sections) refused.push(await measureSection(measuring, one));
  };
  await measureAll(wanted.filter(({ section }) => !isCounted(section)));
  // Shared: a free worker takes the next.
  const counted = wanted.filter(({ section }) => isCounted(section)).values();
  const all = () => allOrFirstFault(allowedCpus().map(() => measureAll(counted)));
  await measuring.spent.during("guestsMs", all);
  const [first] = refused;
  if (first && refused.every(Boolean)) throw first;
}

function isCounted({ place }: Section): boolean {
  return clockOf(place) === "instructions";
}

/** A run that was cut after its planned steps may still have intervals that are too wide. */
function hasWork(wanted: Wanted, { journal, machine, only }: Measuring): boolean {
  if (wanted.steps.length > 0) return true;
  const [next] = narrowingLaunches(wanted, journal.outcomes, machine.lanesMax());
  return next !== undefined && only(next);
}

/** Waits for all of them, also when one fails: no task goes on after its caller has returned. */
async function allOrFirstFault(tasks: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(tasks)) {
    if (end.status === "rejected") throw end.reason;
  }
}

/** @returns why the section's place is not available; undefined when it was measured */
async function measureSection(
  measuring: Measuring,
  wanted: Wanted,
): Promise<IopathError | undefined> {
  const { journal, progress, signal, machine } = measuring;
  const { section, steps, refusal } = wanted;
  const opened = refusal ?? (await machine.openRunner(section, signal).catch(requireTrouble));
  const begin = (step: Step) =>
    progress.begin(kindOf(step), describeStep(step, section, journal.outcomes));
  if (opened instanceof IopathError) {
    progress.note(`skipped all of ${nameOfPlace(section.place)}: ${explain(opened)}`);
    for (const step of steps) {
      const task = begin(step);
      skip(step, opened, journal);
      task.end("skipped");
    }
    return opened;
  }
  using runner = opened;
  await makeSteps(measuring, wanted, runner);
  return undefined;
}

/** The planned steps, then launches until all intervals are narrow enough or the time is up. */
async function makeSteps(
  { journal, progress, machine, only, spent }: Measuring,
  wanted: Wanted,
  runner: TrialRunner,
): Promise<void> {
  const { section, steps } = wanted;
  const { outcomes } = journal;
  const time = new LaunchTime(section, () => machine.elapsedMs());
  const begin = (step: Step) => progress.begin(kindOf(step), describeStep(step, section, outcomes));
  const launch = async (step: LaunchStep) => {
    const task = begin(step);
    // However slow the machine is, each cell has one launch.
    const isDue = step.round === 0 || !time.isUp();
    const make = () => performLaunch(step, section, journal, { runner, spent });
    const results = isDue ? await time.measure(make) : undefined;
    for (const note of results ? notesOfLaunch(results, outcomes) : []) progress.note(note);
    if (results) progress.show(() => deriveRows(journal));
    task.end(results ? describeLaunchOutcome(results, section, outcomes) : "the time was up");
  };
  for (const step of steps) {
    if (step.kind === "launch") {
      await launch(step);
      continue;
    }
    const task = begin(step);
    const make = () => perform(step, section, journal, runner);
    const part = step.kind === "trial" ? "trialsMs" : "verifyingMs";
    // Guests that go side by side are timed as a whole.
    const result = await (isCounted(section) ? make() : spent.during(part, make));
    for (const note of result ? notesOf(step, result, outcomes) : []) progress.note(note);
    const profiled = isProfiled(step, section) ? notesOnProfile(step.cell, outcomes) : [];
    for (const note of profiled) progress.note(note);
    task.end(result ? describeOutcome(result, section) : "left out");
  }
  for (const step of narrowingLaunches(wanted, outcomes, machine.lanesMax())) {
    if (!only(step) || time.isUp()) return;
    await launch(step);
  }
}

/** What a run that ended early says about itself. */
export function describeCut(error: unknown, folder: string): string {
  return `${explain(error)}\nrows so far are in ${join(folder, csvName)}; --resume goes on`;
}
