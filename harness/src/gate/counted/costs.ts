/**
 * What each variant costs, in short: one trial per variant without a verify pass, held against a
 * baseline of its own. It finds a variant that became far dearer. Its thresholds are wide enough
 * that another version of the kernel, QEMU or Node does not matter.
 */
import { join } from "node:path";
import type { Config } from "../../matrix/config.ts";
import { formatFigure } from "../../present/number-format.ts";
import type { Row } from "../../rows/row.ts";
import type { Machine } from "../../run/machine.ts";
import { run } from "../../run/run.ts";
import { type Baseline, loadBaseline } from "../baseline.ts";
import type { Thresholds } from "../thresholds.ts";
import type { CellVerdict, GateResult } from "../verdict.ts";
import { nameOf } from "./gate-on-baseline.ts";
import type { GateRow } from "./gate-row.ts";
import { judgeRows } from "./judge-counts.ts";

export const costsFile = join("results/baseline", `costs-${process.arch}.csv`);
const costsUpdate = "`npm run costs -- --update` writes the baseline";

interface CostsOptions {
  readonly config: Config;
  /** Where the run leaves its files. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly machine?: Machine;
}

/** The laws verify each variant elsewhere: here that would take half of the time. */
export function measureCosts(options: CostsOptions): Promise<Row[]> {
  const only = ({ kind }: { readonly kind: string }) => kind === "trial";
  return run({ ...options, only, resume: false, waitMinutes: 60 });
}

export function loadCosts(): Baseline {
  return loadBaseline(undefined, costsFile);
}

type CostsResult = Omit<GateResult, "startedAt" | "elapsedMs">;

export function judgeCosts(
  rows: readonly GateRow[],
  baseline: Baseline,
  thresholds: Thresholds,
): CostsResult {
  const judged = judgeRows(baseline.rows, rows, thresholds, "any environment");
  const isStale = judged.cells.some(({ verdict }) => ["improvement", "new"].includes(verdict));
  return {
    clock: "instructions",
    baseline: baseline.name,
    candidate: nameOf(rows),
    ...judged,
    notes: isStale ? [costsUpdate] : [],
  };
}

/** What is wrong, in a sentence per variant; nothing when all is well. */
export function costProblems({ cells }: CostsResult): string[] {
  return cells.flatMap((cell) => {
    const name = variantOf(cell);
    switch (cell.verdict) {
      case "regression":
        return [`${name} ${describeRise(cell)}`];
      case "missing":
        return [`${name} has no figure any more: ${cell.reason}`];
      case "new":
        return [`${name} is not in the baseline: ${costsUpdate}`];
      default:
        return [];
    }
  });
}

/** "xdp/native" of "guest/igb/instructions/xdp/native/64B/…" */
function variantOf({ cell }: CellVerdict): string {
  return cell.split("/").slice(3, 5).join("/");
}

function describeRise({ baseline, candidate, ratio, threshold, unit }: CellVerdict): string {
  const [before, now] = [baseline!, candidate!].map(formatFigure);
  const times = ratio!.toFixed(1);
  const allowed = (1 + threshold).toFixed(1);
  const limit = `up to ${allowed} times is allowed`;
  return `costs ${now} ${unit}, ${times} times its baseline of ${before}; ${limit}`;
}
