/**
 * For tests of yours with vitest: what a cell costs, measured, and a matcher that holds it to a
 * baseline.
 *
 *     import { baseline, measure } from "@iopath/harness/vitest";
 *
 *     test("xdp/native costs what it did", async () => {
 *       const [cell] = await measure({ path: ["xdp"], variant: ["native"] });
 *       expect(cell).toCostAtMost(baseline(), { within: 0.01 });
 *     });
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { baselineFile, loadBaseline } from "../gate/baseline.ts";
import { readCandidate } from "../gate/counted/gate-on-baseline.ts";
import type { BaselineRow, GateRow } from "../gate/counted/gate-row.ts";
import { withinDefault } from "../gate/thresholds.ts";
import type { Overrides } from "../matrix/override-flags.ts";
import { formatPercent } from "../present/number-format.ts";
import { judgeCost } from "./judge-cost.ts";

export type { BaselineRow, GateRow };

export interface CostOptions {
  /** How much dearer the cell may be, a fraction: 0.01, the default, is 1 %. */
  readonly within?: number;
}

declare module "vitest" {
  // The names of the parameters are vitest's.
  interface Matchers<R, T> {
    /**
     * The cell costs at most what the same cell of the baseline does, and `within` more. It fails
     * as well when that can't be told: the cell was not measured, is not in the baseline, or was
     * measured in another environment there.
     *
     * @param baseline rows of one, or a figure in the cell's own unit
     */
    toCostAtMost(baseline: readonly BaselineRow[] | number, options?: CostOptions): R;
  }
}

expect.extend({
  toCostAtMost(
    received: GateRow | undefined,
    limit: readonly BaselineRow[] | number,
    { within = withinDefault }: CostOptions = {},
  ) {
    const { pass, told } = judgeCost(received, limit, within);
    const allowed = `${this.isNot ? "not " : ""}at most ${formatPercent(within)} above its baseline`;
    return {
      pass,
      message: () => `expected ${received?.cell ?? "a cell"} to cost ${allowed}: ${told}`,
    };
  },
});

/**
 * @param chosen a file, or a revision of git; what `iopath baseline update` wrote when not given
 */
export function baseline(chosen?: string): readonly BaselineRow[] {
  return loadBaseline(chosen, baselineFile({ place: "guest", clock: "instructions" })).rows;
}

/** The cells of a run that was made before: a results.csv, or the folder that it lies in. */
export function cellsOf(place: string): readonly GateRow[] {
  return readCandidate(place).rows;
}

const waitMinutesDefault = 10;

export interface MeasureOptions extends Overrides {
  /** The gate's own when it is not said. */
  readonly config?: string;
  /** How long to wait while another command measures here, 10 when it is not said. */
  readonly waitMinutes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures the cells of the gate's matrix that the options leave, as `iopath gate` does; it takes a
 * minute or more, so give the test a limit to match.
 *
 * @throws IopathError as a run does
 */
export async function measure(options: MeasureOptions = {}): Promise<readonly GateRow[]> {
  const { config: file, signal = new AbortController().signal, ...others } = options;
  const { waitMinutes = waitMinutesDefault, ...flags } = others;
  const out = mkdtempSync(join(tmpdir(), "iopath-vitest-"));
  try {
    const measuring = await import("../gate/counted/measure.ts");
    const config = await measuring.loadCountedConfig(file, flags);
    const candidate = { config, out, isPart: true, waitMinutes };
    return (await measuring.measureCandidate(candidate, signal)).rows;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
