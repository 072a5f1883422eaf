/**
 * A step of `git bisect run`: whether a kernel's figure is that of before a change or of after it,
 * as an exit status in git's sense (git-bisect(1)). Pure.
 */
import { formatFigure, formatPercent } from "../present/number-format.ts";
import { type Finding, relativeChange } from "./bisection.ts";

/** git-bisect(1): from 1 to 127 is bad, but 125; from 128 on the bisect is given up. */
export const StepStatus = { good: 0, bad: 1, skip: 125, abort: 128 } as const;

/** The cell's figures before the change and after it, in instructions per frame. */
export interface KnownFigures {
  readonly good: number;
  readonly bad: number;
  /** Relative, of the middle between them: so near to it a figure can't be told. */
  readonly within: number;
}

interface StepVerdict {
  readonly status: number;
  readonly words: string;
}

/** What the two figures must differ by, so that any lies on one side: in words what is wrong. */
export function problemOfFigures({ good, bad, within }: KnownFigures): string | undefined {
  if (relativeChange(good, bad) > 2 * within) return undefined;
  return `${formatFigure(good)} and ${formatFigure(bad)} differ by ${formatPercent(relativeChange(good, bad))}, and what is within ${formatPercent(within)} can't be told apart`;
}

export function judgeStep(finding: Finding, { good, bad, within }: KnownFigures): StepVerdict {
  if ("problem" in finding) {
    return { status: StepStatus.skip, words: `skipped: ${finding.problem}` };
  }
  const { figure } = finding;
  const middle = (good + bad) / 2;
  const sides = `${formatFigure(good)} (good) and ${formatFigure(bad)} (bad)`;
  if (relativeChange(middle, figure) <= within) {
    return { status: StepStatus.skip, words: `skipped: in the middle between ${sides}` };
  }
  const isGood = figure < middle === good < middle;
  return isGood
    ? { status: StepStatus.good, words: `good: nearer to ${formatFigure(good)} of ${sides}` }
    : { status: StepStatus.bad, words: `bad: nearer to ${formatFigure(bad)} of ${sides}` };
}
