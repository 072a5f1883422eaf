/** `iopath compare`: the cells that two runs have in common, and what differs in where they were made. */
import { type Interval, ratioInterval } from "./bootstrap.ts";
import type { RunEvent } from "./journal.ts";
import { collectSamples } from "./report/samples.ts";
import type { Row } from "./row.ts";
import { nameOfSection } from "./section.ts";
import type { EarlierRun } from "./show.ts";

export interface ComparedCell {
  readonly cell: string;
  readonly class: Row["class"];
  readonly unit: Row["unit"];
  readonly a: Row;
  readonly b: Row;
  /** Median of B divided by that of A: above 1, B is slower. Null where a side has none. */
  readonly ratio: number | null;
  readonly interval: Interval | undefined;
  /** Where the interval lies; within-run noise is all that it knows. */
  readonly side: string;
}

export interface Comparison {
  readonly cells: readonly ComparedCell[];
  /** Cells that can't be set side by side, and why. */
  readonly apart: readonly { readonly cell: string; readonly reason: string }[];
  /** [what, in A, in B] */
  readonly differences: readonly (readonly [string, string, string])[];
}

export function compareRuns(a: EarlierRun, b: EarlierRun): Comparison {
  const others = new Map(b.rows.map((row) => [row.cell, row]));
  const [samplesA, samplesB] = [collectSamples(a), collectSamples(b)];
  const cells: ComparedCell[] = [];
  const apart: { cell: string; reason: string }[] = [];
  for (const row of a.rows) {
    const other = others.get(row.cell);
    others.delete(row.cell);
    const reason = other ? whyApart(row, other) : "only in A";
    if (reason) apart.push({ cell: row.cell, reason });
    else {
      const trials = [samplesA.get(row.cell) ?? [], samplesB.get(row.cell) ?? []] as const;
      cells.push(compareCell(row, other!, trials));
    }
  }
  for (const cell of others.keys()) apart.push({ cell, reason: "only in B" });
  const differences = differencesOf(a.run, b.run);
  return { cells, apart, differences };
}

/** What would make a ratio mean nothing. */
function whyApart(a: Row, b: Row): string | undefined {
  for (const name of ["class", "place", "machine", "clock", "unit", "mode"] as const) {
    if (a[name] !== b[name]) return `${name} ${a[name]} in A, ${b[name]} in B`;
  }
  for (const [name, row] of Object.entries({ A: a, B: b })) {
    if (row.p50 === null) return `${row.status} in ${name}: ${row.reason}`;
  }
  return undefined;
}

function compareCell(
  a: Row,
  b: Row,
  [trialsA, trialsB]: readonly [readonly (readonly number[])[], readonly (readonly number[])[]],
): ComparedCell {
  const interval = ratioInterval(trialsA, trialsB);
  const ratio = a.p50 ? b.p50! / a.p50 : null;
  const { cell, class: kind, unit } = a;
  return { cell, class: kind, unit, a, b, ratio, interval, side: sideOf(interval) };
}

function sideOf(interval: Interval | undefined): string {
  if (!interval) return "";
  if (interval.low > 1) return "above 1";
  return interval.high < 1 ? "below 1" : "around 1";
}

function differencesOf(a: RunEvent, b: RunEvent): [string, string, string][] {
  const [left, right] = [flatten(a), flatten(b)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names
    .map((name): [string, string, string] => [name, left[name] ?? "", right[name] ?? ""])
    .filter(([, before, after]) => before !== after);
}

/** Environment and what the config says of a trial in each section, under dotted names. */
function flatten({ environment, grounds, config }: RunEvent): Record<string, string> {
  const sections = config.map((section, i): [string, object] => {
    const { samples, rounds, warmUpFrames, verifyFrames, cpu } = section;
    const trial = { samples, rounds, warmUpFrames, verifyFrames, cpu: cpu ?? "the last" };
    // On the host it is the environment's.
    const kernel = section.place === "guest" ? { kernel: grounds[i]!.kernel } : {};
    return [nameOfSection(section), { ...trial, ...kernel }];
  });
  const entries = [...Object.entries(environment), ...sections].flatMap(
    ([name, value]): [string, string][] => {
      if (typeof value !== "object") return [[name, String(value)]];
      return Object.entries(value).map(([key, inner]) => [`${name}.${key}`, String(inner)]);
    },
  );
  return Object.fromEntries(entries);
}
