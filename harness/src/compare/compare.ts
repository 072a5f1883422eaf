/**
 * `iopath compare`: the cells that runs have in common, each against the first, and what differs in
 * where they were made.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { StoredRun } from "../files/results-json.ts";
import { axisList } from "../matrix/axis-list.ts";
import { placeConditions } from "../rows/conditions.ts";
import type { Row } from "../rows/row.ts";
import type { SamplesByCell } from "../rows/samples.ts";
import type { EarlierRun } from "../run/earlier-run.ts";
import { optionDifferences } from "./kernel-options.ts";
import { type RatioOfCosts, ratioOfCosts, sideOf } from "./ratio.ts";

/** A cell of a later run against the same cell of the first. */
export interface Change extends RatioOfCosts {
  /** "B", "C", …: which of the runs. */
  readonly letter: string;
  readonly row: Row;
  /** Where the interval lies, or what would have been seen: see `sideOf`. */
  readonly side: string;
}

export interface ComparedCell {
  /** Of the first run. */
  readonly row: Row;
  readonly changes: readonly Change[];
}

export interface Comparison {
  readonly runs: readonly { readonly letter: string; readonly run: StoredRun }[];
  readonly cells: readonly ComparedCell[];
  /** Cells that can't be set side by side, and why. */
  readonly apart: readonly { readonly cell: string; readonly reason: string }[];
  /** [what, in A, in B, …] */
  readonly differences: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

const allLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** @throws IopathError, exit status 3, for fewer than two runs, or more than there are letters */
export function lettersOf(count: number): string {
  if (count >= 2 && count <= allLetters.length) return allLetters.slice(0, count);
  throw new IopathError(
    ExitStatus.usage,
    `2 to ${allLetters.length} runs can be compared, not ${count}`,
  );
}

/** @throws IopathError, exit status 3, for fewer than two runs, or more than there are letters */
export function compareRuns(runs: readonly EarlierRun[]): Comparison {
  const letters = lettersOf(runs.length);
  const [first, ...others] = runs as [EarlierRun, ...EarlierRun[]];
  const apart: { cell: string; reason: string }[] = [];
  const changes = new Map<string, Change[]>(first.rows.map(({ cell }) => [cell, []]));
  const samples = first.samples();
  for (const [i, other] of others.entries()) {
    const letter = letters[i + 1]!;
    const result = changesBetween({ ...first, samples: () => samples }, other, letter);
    apart.push(...result.apart);
    for (const change of result.changes) changes.get(change.row.cell)!.push(change);
  }
  const cells = first.rows.map((row) => ({ row, changes: changes.get(row.cell)! }));
  return {
    runs: runs.map(({ run }, i) => ({ letter: letters[i]!, run })),
    cells: cells.filter((cell) => cell.changes.length > 0),
    apart,
    differences: differencesOf(runs.map(({ run }) => run)),
    notes: [...runs.flatMap(({ notes }) => notes), ...sameRuns(runs)],
  };
}

/**
 * What came of it in a sentence a run: "B: of 12 cells 4 cost more than in A, 1 less; of 7 no
 * difference is seen."
 */
export function summaryOf({ runs, cells }: Comparison): string[] {
  const changes = cells.flatMap((cell) => cell.changes);
  return runs.slice(1).map(({ letter }) => {
    const own = changes.filter((change) => change.letter === letter);
    const count = (side: string) => own.filter((change) => change.side === side).length;
    const [more, less] = [count("above 1"), count("below 1")];
    const rest = own.length - more - less;
    return `${letter}: of ${own.length} cells ${more} cost more than in A, ${less} less; of ${rest} no difference is seen.`;
  });
}

function sameRuns(runs: readonly EarlierRun[]): string[] {
  return runs.flatMap(({ run: { runId } }, i) => {
    const before = runs.findIndex(({ run }) => run.runId === runId);
    return before < i
      ? [`${allLetters[before]} and ${allLetters[i]} are the same run, ${runId}`]
      : [];
  });
}

function changesBetween(a: EarlierRun, b: EarlierRun, letter: string) {
  const others = new Map(b.rows.map((row) => [row.cell, row]));
  const samples: readonly [SamplesByCell, SamplesByCell] = [a.samples(), b.samples()];
  const changes: Change[] = [];
  const apart: { cell: string; reason: string }[] = [];
  for (const row of a.rows) {
    const other = others.get(row.cell);
    others.delete(row.cell);
    const reason = other ? whyApart(row, other, letter) : `not in ${letter}`;
    if (reason) apart.push({ cell: row.cell, reason });
    else changes.push(changeOf(row, other!, { letter, samples }));
  }
  for (const cell of others.keys()) apart.push({ cell, reason: `in ${letter}, and not in A` });
  return { changes, apart };
}

function whyApart(a: Row, b: Row, letter: string): string | undefined {
  // Cells of one id agree in all other conditions.
  for (const name of placeConditions) {
    if (a[name] !== b[name]) return `${name} ${a[name]} in A, ${b[name]} in ${letter}`;
  }
  for (const [name, row] of Object.entries({ A: a, [letter]: b })) {
    if (row.p50 === null) return `${row.status} in ${name}: ${row.reason}`;
  }
  return undefined;
}

function changeOf(
  a: Row,
  row: Row,
  { letter, samples }: { letter: string; samples: readonly [SamplesByCell, SamplesByCell] },
): Change {
  const [before, after] = samples;
  const trials = [before.get(a.cell) ?? [], after.get(a.cell) ?? []] as const;
  const found = ratioOfCosts(a, row, trials);
  return { letter, row, ...found, side: sideOf(found.interval) };
}

function differencesOf(runs: readonly StoredRun[]): string[][] {
  const sides = runs.map((run) => ({ ...flatten(run.environment), ...flatten(sectionsOf(run)) }));
  const names = [...new Set(sides.flatMap((side) => Object.keys(side)))];
  const all = names.map((name) => [name, ...sides.map((side) => side[name] ?? "")]);
  const differing = [...all, ...programsOf(runs)].filter(([, first, ...others]) =>
    others.some((other) => other !== first),
  );
  return [...differing, ...kernelOptionsOf(runs)];
}

/** Of guests, section by section. */
function kernelOptionsOf(runs: readonly StoredRun[]): string[][] {
  const hashes = runs.map(
    ({ config, grounds }) =>
      new Map(
        config.map((section, i) => [
          nameOfSection(section),
          String(grounds[i]?.kernelConfig ?? ""),
        ]),
      ),
  );
  const names = [...hashes[0]!.keys()];
  return names.flatMap((name) =>
    optionDifferences(
      name,
      hashes.map((ofRun) => ofRun.get(name)),
    ),
  );
}

/** The programs of workloads, as far as all of the runs tell them. */
function programsOf(runs: readonly StoredRun[]): string[][] {
  const names = Object.keys(runs[0]!.workloads).filter((name) =>
    runs.every(({ workloads }) => workloads[name] !== undefined),
  );
  return names.map((name) => [`program of ${name}`, ...runs.map((run) => run.workloads[name]!)]);
}

/**
 * What each section says of its trials, and a guest of its kernel; that of the host is the
 * environment's.
 */
function sectionsOf({ config, grounds }: StoredRun): Record<string, object> {
  const sections = config.map((section, i): [string, object] => {
    const { place = "host", machine: _m, clock: _c, kernels: _k, ...rest } = section;
    const { iommu: _i, ...trial } = rest as { iommu?: string };
    return [
      nameOfSection(section),
      place === "guest" ? { ...trial, kernel: grounds[i]?.kernel } : trial,
    ];
  });
  return Object.fromEntries(sections);
}

function nameOfSection(section: StoredRun["config"][number]): string {
  const { place = "host", machine = "", clock = "wall" } = section;
  const kernels = (section as { kernels?: readonly string[] }).kernels ?? [];
  const { iommu = "" } = section as { iommu?: string };
  return [place, machine, ...kernels, iommu, clock === "wall" ? "" : clock]
    .filter(Boolean)
    .join("-");
}

/** What the cells' own names say, and the list of cells that are not compared. */
const inCells: readonly string[] = ["paths", ...axisList.map(({ list }) => list)];

/** Under dotted names, whatever the shape. */
export function flatten(value: object, prefix = ""): Record<string, string> {
  const entries = Object.entries(value)
    .filter(([name]) => !inCells.includes(name))
    .flatMap(([name, inner]: [string, unknown]): [string, string][] => {
      const path = `${prefix}${name}`;
      if (typeof inner !== "object" || inner === null) return [[path, String(inner)]];
      return Object.entries(flatten(inner, `${path}.`));
    });
  return Object.fromEntries(entries);
}
