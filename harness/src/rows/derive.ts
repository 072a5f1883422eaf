/**
 * From the journal to rows: counts added up, samples pooled over the trials, ratios derived.
 * Pure.
 */

import { clockOf } from "@iopath/lab";
import { worstTier } from "@iopath/native";
import type { Environment } from "../environment/environment.ts";
import { nameRevision } from "../environment/own-revision.ts";
import { type JournalEvent, keyOfProbe, type Provenance } from "../journal/events.ts";
import type { Journal } from "../journal/journal.ts";
import { type SectionOfRun, sectionsOfRun } from "../journal/sections.ts";
import { fieldsOf } from "../matrix/axis-list.ts";
import type { Cell } from "../matrix/cell.ts";
import { inUnitOf } from "../matrix/clock.ts";
import { turnsPlanOf } from "../matrix/in-turns.ts";
import { placeFieldsOf } from "../matrix/place-axes.ts";
import type { Section } from "../matrix/section.ts";
import { reference, standInOf, testerOnly } from "../paths/all.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult, TrialResult } from "../trial/request.ts";
import { conditionsOf, keyOf } from "./conditions.ts";
import { figures, round } from "./figures.ts";
import { launchesByCell, sureFigures, type Wanted } from "./launches.ts";
import type { Row } from "./row.ts";

interface CellEvents {
  readonly probe: TrialResult | undefined;
  readonly verify: TrialResult | undefined;
  readonly trials: readonly TrialResult[];
}

export function deriveRows(journal: Pick<Journal, "events" | "run">): Row[] {
  const { run } = journal;
  const index = indexEvents(journal.events);
  const rows = sectionsOfRun(run).flatMap((ours) =>
    ours.cells.map((cell) => deriveRow(run, ours, cell, eventsOf(cell, index))),
  );
  const referenceOf = indexReferences(rows);
  const launches = launchesByCell(journal.events);
  const wanted = wantedByCell(run);
  return rows.map((row) => {
    const found = referenceOf(row);
    const compared = { ...row, speedup_over_reference: speedup(row, found) };
    const own = launches.get(row.cell);
    if (row.clock !== "wall" || row.p50 === null || !own) return compared;
    const others = found && !isReference(row) ? launches.get(found.cell) : undefined;
    const reference = found && others ? { row: found, launches: others } : undefined;
    return { ...compared, ...sureFigures(row, own, reference, wanted.get(row.cell)!) };
  });
}

/** What the section of each cell asks of its launches. */
function wantedByCell(run: Journal["run"]): ReadonlyMap<string, Wanted> {
  const pairs = sectionsOfRun(run).flatMap(({ cells, section }) => {
    const wanted = { firstStage: section.rounds, width: turnsPlanOf(section).width };
    return cells.map(({ id }) => [id, wanted] as const);
  });
  return new Map(pairs);
}

/** Finds the first row of the reference that agrees with a row in all of its conditions. */
function indexReferences(rows: readonly Row[]): (row: Row) => Row | undefined {
  const lastFirst = rows.filter(isReference).reverse();
  const indexFor = (path: string) => {
    const columns = conditionsOf({ path });
    const index = new Map(lastFirst.map((row) => [keyOf(row, columns), row]));
    return (row: Row) => index.get(keyOf(row, columns));
  };
  const [forForwarder, forTester] = [indexFor(reference.path), indexFor(testerOnly)];
  return (row) => (row.path === testerOnly ? forTester(row) : forForwarder(row));
}

export function isReference({ path, variant }: Row): boolean {
  return path === reference.path && variant === reference.variant;
}

function speedup(row: Row, of: Row | undefined): number | null {
  return of?.p50 && row.p50 ? round(of.p50 / row.p50, 3) : null;
}

function deriveRow(
  run: Journal["run"],
  { section, provenance }: SectionOfRun,
  cell: Cell,
  found: CellEvents,
): Row {
  const clock = clockOf(section.place);
  const measured = found.trials
    .filter((result) => result.status === "measured")
    .map((result) => ({
      ...result,
      samplesNs: result.samplesNs.map((ns) => inUnitOf(clock, ns)),
    }));
  // A cell in turns has its first figure after one launch; its width tells the rest.
  const trialsMin = measured.some(({ turns }) => turns) ? 1 : section.rounds;
  const { status, reason } = statusOf(found, trialsMin, section.rounds);
  const { environment } = run;
  return {
    run_id: run.runId,
    cell: cell.id,
    path: cell.path,
    variant: cell.variant,
    device_mode: [...new Set(measured.map(({ deviceMode }) => deviceMode))].join("; "),
    ...placeFieldsOf(section, provenance),
    ...fieldsOf(cell),
    workload_hash: run.workloads[cell.workload] ?? "",
    status,
    reason,
    // A device that the user named is what it is: nothing stands in for it.
    stand_in: section.place.kind === "verbs" ? "" : standInOf(cell),
    ...figures(status === "failed" || status === "skipped" ? [] : measured, cell.window),
    speedup_over_reference: null,
    p50_low: null,
    p50_high: null,
    speedup_low: null,
    speedup_high: null,
    ...withoutTurns,
    tier: worstTier(measured.flatMap(({ tier }) => tier ?? [])) ?? "",
    frames_verified: found.verify?.status === "verified" ? found.verify.frames : null,
    kernel: provenance.kernel,
    kernel_config: provenance.kernelConfig ?? "",
    qemu: provenance.qemu,
    guest_command: provenance.guestCommand,
    cpu_model: provenance.processor ?? environment.cpuModel,
    node: environment.node,
    iopath: environment.iopath,
    revision: revisionOf(environment, section, cell),
    started_at: run.startedAt,
    calls: environment.calls,
    notes: notesOf(provenance, measured),
  };
}

const withoutTurns = {
  turns: null,
  turns_discarded: null,
  turn_spread: null,
  width: null,
  width_goal: "",
  clock_ns: null,
  windows_per_sample: null,
} as const;

/** Of its interfaces and of its trials, each once. */
function notesOf({ notes = [] }: Provenance, measured: readonly MeasuredResult[]): string {
  return [...new Set([...notes, ...measured.flatMap(({ note }) => note ?? [])])].join("; ");
}

/** Figures of modified code must not carry the plain revision. The tester alone is not modified. */
function revisionOf(environment: Environment, { planted }: Section, { path }: Cell): string {
  const name = nameRevision(environment);
  if (!planted || path === testerOnly) return name;
  return `${name}+planted-${planted.kind}-${planted.count}`;
}

/** What stands in for devices, each said once: the footnotes of a table. */
export function standInsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ stand_in }) => stand_in))].filter((text) => text !== "");
}

type Probe = JournalEvent & { event: "probe" };
type OfCell = JournalEvent & { event: "verify" | "trial" };

/** Events by the cell that they are of: a run can have ten thousand. */
interface EventIndex {
  /** By `keyOfProbe`. */
  readonly probes: ReadonlyMap<string, Probe>;
  readonly byCell: ReadonlyMap<string, readonly OfCell[]>;
}

function indexEvents(events: readonly JournalEvent[]): EventIndex {
  const ofCells = events.filter(
    (entry): entry is OfCell => entry.event === "verify" || entry.event === "trial",
  );
  const probes = events.filter((entry): entry is Probe => entry.event === "probe");
  return {
    probes: new Map(probes.map((probe) => [keyOfProbe(probe), probe])),
    byCell: Map.groupBy(ofCells, ({ cell }) => cell),
  };
}

function eventsOf(cell: Cell, { probes, byCell }: EventIndex): CellEvents {
  const own = byCell.get(cell.id) ?? [];
  return {
    probe: probes.get(keyOfProbe(cell))?.result,
    verify: verifyIn(own) ?? verifyIn(byCell.get(cell.verifiedAs) ?? []),
    trials: own.filter(({ event }) => event === "trial").map(({ result }) => result),
  };
}

function verifyIn(events: readonly OfCell[]): TrialResult | undefined {
  return events.findLast(({ event }) => event === "verify")?.result;
}

function statusOf({ probe, verify, trials }: CellEvents, trialsMin: number, rounds: number) {
  const skipped = [probe, verify, ...trials].find((result) => result?.status === "skipped");
  if (skipped?.status === "skipped") {
    return { status: "skipped" as const, reason: `${skipped.missing}; ${skipped.remedy}` };
  }
  const failure = [probe, verify, ...trials]
    .map((result) => result && problemOf(result))
    .find(Boolean);
  if (failure) return { status: "failed" as const, reason: failure };
  if (trials.length < trialsMin) {
    const reason = `${trials.length} of ${rounds} trials were made before the run was cut`;
    return { status: "incomplete" as const, reason };
  }
  if (trials.every((result) => result.status === "measured" && result.samplesNs.length === 0)) {
    return { status: "failed" as const, reason: noTurnKept };
  }
  return { status: "measured" as const, reason: "" };
}

const noTurnKept =
  "no turn could be kept: in each the machine slept, its clock was set, or a CPU went away";
