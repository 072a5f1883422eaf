/**
 * A run of searches: cells one after the other, each answer of a device in the journal before the
 * next is asked for; rows, latencies and trials of all of them, also when it is cut short.
 */
import { join } from "node:path";
import { ExitStatus, explain, IopathError, requireTrouble, type Variant } from "@iopath/contract";
import type { Environment } from "../../environment/environment.ts";
import { runIdOf } from "../../journal/events.ts";
import { nameOfCell, type SearchCell, type Searches } from "../../matrix/search-cell.ts";
import { findPath, findVariant } from "../../paths/all.ts";
import { findWorkload } from "../../workloads/known.ts";
import { addOwnModules } from "../../workloads/modules.ts";
import { TesterLost } from "../far/far-tester.ts";
import { measureOpenLoop } from "../measure.ts";
import { describePlacement, lackOfCpus, type Placement } from "../placement.ts";
import { profiles } from "../profile.ts";
import type { OpenLoopResults } from "../report/files.ts";
import type { LatencyRow, SearchRow } from "../report/row.ts";
import {
  emptyRow,
  latencyRowsOf,
  type RowNames,
  searchRowsOf,
  type TracedAttempt,
} from "../report/rows-of.ts";
import { describeRealtime } from "../rest.ts";
import { lackOfStamps } from "../tester/frame-plan.ts";
import type { Attempt } from "../trial.ts";
import type { Ground, SearchRunEvent } from "./events.ts";
import { type OpenDevice, RecordedDevice } from "./recorded-device.ts";
import { SearchJournal, searchJournalName } from "./search-journal.ts";

/** What a run takes from the machine. */
export interface SearchMachine {
  now(): Date;
  /** Milliseconds on a clock that never steps. */
  elapsedMs(): number;
  readEnvironment(): Environment;
  /** @throws IopathError, exit status 8, for interfaces that are not to be had */
  groundOf(searches: Searches): Ground | Promise<Ground>;
  placementOf(cell: SearchCell): Placement | undefined;
  open(run: Searches, cell: SearchCell, placement: Placement): Promise<OpenDevice>;
}

/** Who hears what happens. */
interface SearchProgress {
  /** @param doing what it is for: "xdp/native/64B  search 1, searching" */
  trial(doing: string, attempt: Attempt): void;
  note(text: string): void;
}

interface SearchRunOptions {
  /** Undefined: what the journal in the folder is of. */
  readonly searches: Searches | undefined;
  readonly folder: string;
  readonly machine: SearchMachine;
  readonly progress: SearchProgress;
  readonly signal: AbortSignal;
  /** Called at the end, also when the run is cut, with all rows so far. */
  readonly write: (results: OpenLoopResults) => void | Promise<void>;
}

/** Searches for what is not in the journal yet. */
export async function runSearches(options: SearchRunOptions): Promise<OpenLoopResults> {
  const { write } = options;
  using journal = await openJournal(options);
  const { run } = journal;
  const found: Found = { rows: [], latencies: [], attempts: [] };
  const results: OpenLoopResults = { run, ...found };
  try {
    for (const [index, cell] of run.cells.entries()) {
      await searchCell({ ...options, journal, found }, index, cell);
    }
  } finally {
    await write(results);
  }
  return results;
}

async function openJournal({ searches, folder, machine }: SearchRunOptions) {
  const file = join(folder, searchJournalName);
  if (searches === undefined) {
    const journal = SearchJournal.resume(file);
    for (const modules of journal.run.modules) await addOwnModules(modules);
    try {
      await machine.groundOf(journal.run);
    } catch (error) {
      journal[Symbol.dispose]();
      throw error;
    }
    return journal;
  }
  const startedAt = machine.now().toISOString();
  return SearchJournal.create(file, {
    ...{ event: "open-loop", format: 1, startedAt, ...searches },
    runId: runIdOf(startedAt),
    environment: machine.readEnvironment(),
    ground: await machine.groundOf(searches),
  });
}

interface Found {
  readonly rows: SearchRow[];
  readonly latencies: LatencyRow[];
  readonly attempts: TracedAttempt[];
}

interface Searching extends SearchRunOptions {
  readonly journal: SearchJournal;
  readonly found: Found;
}

/** A row for each search, or one that says why it could not be made. */
async function searchCell(searching: Searching, index: number, cell: SearchCell): Promise<void> {
  const { journal, found, progress, signal } = searching;
  const names = namesOf(cell, journal.run);
  const { ended } = journal.recordOf(index);
  try {
    await measureCell(searching, index, names);
    if (!ended) journal.append({ event: "ended", cell: index, status: "measured", reason: "" });
  } catch (error) {
    signal.throwIfAborted();
    const trouble = requireTrouble(error);
    if (trouble instanceof TesterLost) found.rows.push(emptyRow(names, "failed", lostReason));
    if (endsTheRun(trouble)) throw error;
    const status = trouble.exitStatus === ExitStatus.cannotRun ? "skipped" : "failed";
    const reason = explain(trouble);
    if (!ended) {
      progress.note(`${nameOfCell(cell)}  ${status}: ${reason.replaceAll("\n", "; ")}`);
      journal.append({ event: "ended", cell: index, status, reason });
    }
    found.rows.push(emptyRow(names, status, reason));
  }
}

/** The message of the error names a machine of the user's. */
const lostReason = "the connection to the tester broke; `iopath search --resume` goes on";

/**
 * What is left behind would poison what comes next; a journal that does not fit has no rows; and a
 * cell whose tester was lost is no cell that failed, so that the journal does not say so.
 */
function endsTheRun(trouble: IopathError): boolean {
  if (trouble instanceof TesterLost) return true;
  const ending: readonly ExitStatus[] = [ExitStatus.hostDirty, ExitStatus.input, ExitStatus.output];
  return ending.includes(trouble.exitStatus);
}

/** Adds rows, and all trials that were made, also of a search that failed. */
async function measureCell(
  { journal, machine, progress, found }: Searching,
  index: number,
  names: RowNames,
): Promise<void> {
  const { cell } = names;
  const { opened, answers, ended } = journal.recordOf(index);
  const attempts: TracedAttempt[] = [];
  if (ended && ended.status !== "measured" && answers.length === 0) throw endOf(ended);
  const placement = requirePlacement(machine, cell, journal.run.ground);
  const onCards = journal.run.ground.class === "hardware";
  const profile = profiles[cell.profile];
  const priority = cell.realtime ? describeRealtime(profile) : "";
  const placed = describePlacement(placement, priority, onCards);
  try {
    await using device = new RecordedDevice({
      ...{ opened, answers, placement: placed },
      elapsedMs: () => machine.elapsedMs(),
      record: (event) => journal.append({ ...event, cell: index }),
      open: () => {
        if (ended) throw endOf(ended);
        return machine.open(journal.run, cell, placement);
      },
    });
    const { frameBytes: frame_bytes, realtime, searches, cpus: _, ...of } = cell;
    const measured = await measureOpenLoop(device, {
      ...{ profile, placement, realtime, searches },
      tell: (search, purpose, attempt) => {
        attempts.push({ ...attempt, purpose, of: { ...of, frame_bytes, search } });
        const doing = purpose === "search" ? "searching" : `latency, ${purpose}`;
        progress.trial(`${nameOfCell(cell)}  search ${search}, ${doing}`, attempt);
      },
    });
    const { deviceMode } = device;
    const parts = { names, placement: opened?.placement ?? placed, deviceMode, measured, attempts };
    found.rows.push(...searchRowsOf(parts));
    found.latencies.push(...latencyRowsOf(parts));
  } finally {
    found.attempts.push(...attempts);
  }
}

/** The error that a cell ended with, once more. */
function endOf({ status, reason }: { readonly status: string; readonly reason: string }) {
  const exitStatus = status === "skipped" ? ExitStatus.cannotRun : ExitStatus.cellFailed;
  return new IopathError(exitStatus, reason);
}

/** @throws IopathError, exit status 2, for what the open loop itself can't do with a variant */
function requirePlacement(
  machine: SearchMachine,
  cell: SearchCell,
  ground: Pick<Ground, "place">,
): Placement {
  const placement = machine.placementOf(cell);
  const lack = placement ? lackOf(cell, ground) : lackOfCpus;
  if (placement && !lack) return placement;
  throw new IopathError(ExitStatus.cannotRun, lack!.missing, { remedy: lack!.remedy });
}

function lackOf(
  { path: pathName, variant: name, workload, frameBytes }: SearchCell,
  { place }: Pick<Ground, "place">,
) {
  const path = findPath(pathName);
  const variant = findVariant(path, name);
  if (!isSearchable(variant)) {
    const shared = path.variants.filter(({ farEnds }) => farEnds);
    const others = shared.map((one) => `${pathName}/${one.name}`).join(" or ");
    const instead = others === "" ? "" : `search ${others}, whose ports two processes share, or `;
    return {
      missing:
        variant.lab === undefined
          ? `the ports of ${pathName}/${name} are one process's, and an open loop has its tester in another one`
          : `the ports of ${pathName}/${name} are those of a lab of its own, ${variant.lab}`,
      remedy: `${instead}measure it in the closed loop, \`iopath run\``,
    };
  }
  if (variant.ownTesters && place === "hardware") {
    const missing = `${pathName}/${name} has ports of its own, and uses no interfaces`;
    return { missing, remedy: "search it without --ports" };
  }
  return lackOfStamps(findWorkload(workload), frameBytes);
}

/** Network interfaces lead to its ports, or another process can have their far ends. */
function isSearchable({ ownTesters = false, farEnds = false, lab }: Variant): boolean {
  return lab === undefined && (farEnds || !ownTesters);
}

function namesOf(cell: SearchCell, run: SearchRunEvent): RowNames {
  return { cell, run, variant: findVariant(findPath(cell.path), cell.variant) };
}
