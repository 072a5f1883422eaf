/**
 * `iopath gate --kernel X --against-kernel Y`: what cells cost on two kernels, measured in one run
 * by one iopath. The kernel is what is gated; all else that a count depends on is the same.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { kernelLabel } from "@iopath/lab/guest";
import { cellOf } from "../../compare/by-kernel.ts";
import { differingOptions } from "../../compare/kernel-options.ts";
import type { Config } from "../../matrix/config.ts";
import type { Row } from "../../rows/row.ts";
import { type GateRow, toBaselineRow } from "../counted/gate-row.ts";
import { judgeRows } from "../counted/judge-counts.ts";
import { dearerFunctions, type ProfileConfig, profiles } from "../counted/name-functions.ts";
import type { Thresholds } from "../thresholds.ts";
import type { CellVerdict, GateResult } from "../verdict.ts";

/** Names of kernels as flags have them. */
export interface KernelPair {
  readonly baseline: string;
  readonly candidate: string;
}

interface KernelGate {
  readonly kernels: KernelPair;
  /** Its sections, once for each of the two. */
  readonly config: Config;
  readonly thresholds: Thresholds;
}

export type KernelRow = GateRow & Pick<Row, "guest_kernel" | "kernel_config">;

interface Means {
  /** @returns the rows of all sections */
  readonly measure: (config: Config) => Promise<readonly KernelRow[]>;
  readonly profile: ProfileConfig;
}

/**
 * @throws IopathError, exit status 2, when one of the kernels has no figure at all: one that does
 *   not boot is no regression of each cell
 */
export async function gateKernels(
  { kernels, config, thresholds }: KernelGate,
  { measure, profile }: Means,
): Promise<Omit<GateResult, "startedAt" | "elapsedMs">> {
  const rows = await measure(config);
  const before = sideOf(kernels.baseline, rows);
  const after = sideOf(kernels.candidate, rows);
  const known = before.rows.flatMap((row) => toBaselineRow(row) ?? []);
  const { cells, differences } = judgeRows(known, after.rows, thresholds, "another kernel");
  const result = {
    ...{ clock: "instructions" as const, baseline: before.name, candidate: after.name },
    ...{ differences, failures: [...failuresOf(before), ...failuresOf(after)] },
    cells: cells.map((cell) => withReason(cell, before)),
    notes: noteOnOptions(before, after),
  };
  return await withFunctions(result, [before, after], { config, profile });
}

/** What was measured on one kernel; cells have the ids that they have on the usual one. */
interface Side {
  /** "kernel debian:6.12 (6.12.117+deb13-amd64)" */
  readonly name: string;
  readonly rows: readonly KernelRow[];
  /** Ids as this kernel's rows have them, by those of `rows`. */
  readonly ids: ReadonlyMap<string, string>;
}

function sideOf(kernel: string, rows: readonly KernelRow[]): Side {
  const own = rows.filter(({ guest_kernel: label }) => label === kernelLabel(kernel));
  const measured = own.find(({ status }) => status === "measured");
  if (!measured) {
    const why = own[0]?.reason ?? "none was asked for";
    const message = `no cell could be measured on kernel ${kernel}: ${why}`;
    throw new IopathError(ExitStatus.cannotRun, message);
  }
  return {
    name: `kernel ${kernel} (${measured.kernel})`,
    rows: own.map((row) => ({ ...row, cell: cellOf(row) })),
    ids: new Map(own.map((row) => [cellOf(row), row.cell])),
  };
}

function failuresOf({ name, rows }: Side): GateResult["failures"] {
  const failed = rows.filter(({ status }) => status === "failed" || status === "incomplete");
  return failed.map(({ cell, reason }) => ({ cell, reason: `on ${name}: ${reason}` }));
}

/** A cell is new where the other kernel lacks something: what, stands in its row. */
function withReason(cell: CellVerdict, { name, rows }: Side): CellVerdict {
  const row = cell.verdict === "new" ? rows.find((one) => one.cell === cell.cell) : undefined;
  return row ? { ...cell, reason: `${row.status} on ${name}: ${row.reason}` } : cell;
}

/** More options are counted alone: two releases differ in hundreds that explain nothing. */
const optionsNamed = 8;

function noteOnOptions(...sides: readonly Side[]): string[] {
  const differing = differingOptions(sides.map(({ rows }) => rows[0]?.kernel_config));
  if (differing === undefined) return ["the kernels' configurations are not known here"];
  if (differing.length === 0) return ["the kernels are configured alike"];
  if (differing.length > optionsNamed) {
    const count = `${differing.length} options of the two kernels are set otherwise`;
    return [`${count}: \`iopath compare RUN --by kernel\` names the first`];
  }
  const named = differing.map(([name, old, now]) => `${name} ${old} → ${now}`);
  return [`configured otherwise: ${named.join(", ")}`];
}

/** The functions that cells got dearer by; of a gate that passes nothing is profiled. */
async function withFunctions<Result extends Pick<GateResult, "cells" | "notes">>(
  result: Result,
  sides: readonly [Side, Side],
  { config, profile }: { readonly config: Config; readonly profile: ProfileConfig },
): Promise<Result> {
  const dearer = result.cells.filter(({ verdict }) => verdict === "regression");
  if (dearer.length === 0) return result;
  const idsOf = (cell: string) => sides.map(({ ids }) => ids.get(cell)!);
  const wanted = dearer.flatMap(({ cell }) => idsOf(cell));
  const found = await profiles(config, wanted, profile);
  if (typeof found === "string") {
    return { ...result, notes: [...result.notes, `no functions can be named: ${found}`] };
  }
  const cells = result.cells.map((cell) => {
    if (cell.verdict !== "regression") return cell;
    const [before, after] = idsOf(cell.cell).map((id) => found.get(id));
    return before && after ? { ...cell, functions: dearerFunctions(before, after) } : cell;
  });
  return { ...result, cells };
}
