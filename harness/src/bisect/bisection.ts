/**
 * Between which two of a list a figure changed, by halving. A count repeats, so that a figure in
 * the middle can be told from both ends, and one that is neither shows a change in several steps:
 * then the half with the larger part of it is taken. Pure but for `measure`.
 */

/** A figure of one of the list, or why it has none: it did not build, boot or verify. */
export type Finding = { readonly figure: number } | { readonly problem: string };

interface Bisecting {
  /** How many there are, in the order in which they were made. */
  readonly count: number;
  /** Relative: figures that differ by no more are alike. */
  readonly within: number;
  /** @param indices those to measure; @returns what came of each, in this order */
  readonly measure: (indices: readonly number[]) => Promise<readonly Finding[]>;
}

type Outcome =
  /** The first or the last has no figure. */
  | { readonly kind: "no figure"; readonly index: number }
  | { readonly kind: "ends alike" }
  /** Neighbours, or with none between them that could be measured. */
  | { readonly kind: "found"; readonly from: number; readonly to: number }
  /** Between these in steps that are too small to be told. */
  | { readonly kind: "gradual"; readonly from: number; readonly to: number };

export interface Bisection {
  /** All that was measured, by index. */
  readonly findings: ReadonlyMap<number, Finding>;
  readonly outcome: Outcome;
}

/** Both ends first and at once, then one after the other. */
export async function bisect({ count, within, measure }: Bisecting): Promise<Bisection> {
  const findings = new Map<number, Finding>();
  const ask = async (...indices: number[]) => {
    const answers = await measure(indices);
    for (const [i, index] of indices.entries()) findings.set(index, answers[i]!);
  };
  const figureOf = (index: number) => {
    const one = findings.get(index);
    return one && "figure" in one ? one.figure : undefined;
  };
  let [from, to] = [0, count - 1];
  await ask(from, to);
  const bad = [from, to].find((index) => figureOf(index) === undefined);
  if (bad !== undefined) return { findings, outcome: { kind: "no figure", index: bad } };
  const change = (a: number, b: number) => relativeChange(figureOf(a)!, figureOf(b)!);
  if (change(from, to) <= within) return { findings, outcome: { kind: "ends alike" } };
  for (;;) {
    const middle = await findMiddle(from, to, { findings, ask, figureOf });
    if (middle === undefined) return { findings, outcome: { kind: "found", from, to } };
    const [lower, upper] = [change(from, middle), change(middle, to)];
    if (Math.max(lower, upper) <= within) {
      return { findings, outcome: { kind: "gradual", from, to } };
    }
    if (lower >= upper) to = middle;
    else from = middle;
  }
}

/** 0.01 for 1 %, whichever of the two is the larger. */
export function relativeChange(before: number, after: number): number {
  return Math.abs(after / before - 1);
}

interface Asking {
  readonly findings: ReadonlyMap<number, Finding>;
  readonly ask: (index: number) => Promise<void>;
  readonly figureOf: (index: number) => number | undefined;
}

/** The one that has a figure and is nearest to the middle between two; undefined for none. */
async function findMiddle(from: number, to: number, { findings, ask, figureOf }: Asking) {
  const centre = (from + to) / 2;
  const between = Array.from({ length: to - from - 1 }, (_, i) => from + 1 + i);
  const nearest = between.sort((a, b) => Math.abs(a - centre) - Math.abs(b - centre));
  for (const index of nearest) {
    if (!findings.has(index)) await ask(index);
    if (figureOf(index) !== undefined) return index;
  }
  return undefined;
}
