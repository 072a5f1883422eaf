/**
 * The functions that made a gate fail: sections with a regression are profiled, and each function
 * is held against what the baseline keeps of it.
 */
import { explain, IopathError } from "@iopath/contract";
import { expandMatrix } from "../../matrix/cell.ts";
import type { Config } from "../../matrix/config.ts";
import { differingFunctions, type OwnCost } from "../../profile/difference.ts";
import { functionCosts } from "../../profile/functions.ts";
import type { ProfiledCell } from "../../run/profile-cells.ts";
import type { DearerFunction, GateResult } from "../verdict.ts";
import { ownMin } from "./kept-functions.ts";

/** Of a cell, at most. */
const functionsMax = 5;
/** What got dearer by less is not what made a gate fail, in instructions per frame. */
const changeMin = 1;

export type ProfileConfig = (config: Config) => Promise<readonly ProfiledCell[]>;

interface Naming {
  readonly config: Config;
  /** What the baseline keeps of a cell; undefined for nothing. */
  readonly kept: (cell: string) => readonly OwnCost[] | undefined;
  readonly profile: ProfileConfig;
}

type Judged = Pick<GateResult, "cells" | "notes">;

/** The same result, with functions where they are known. The verdicts stay as they are. */
export async function nameFunctions<Result extends Judged>(
  result: Result,
  { config, kept, profile }: Naming,
): Promise<Result> {
  const dearer = result.cells.filter(({ verdict }) => verdict === "regression");
  const before = new Map(dearer.map(({ cell }) => [cell, kept(cell)] as const));
  const known = [...before].flatMap(([cell, costs]) => (costs ? [cell] : []));
  if (dearer.length > known.length) {
    result = noted(result, "of some cells the baseline keeps no functions to compare with");
  }
  if (known.length === 0) return result;
  const found = await profiles(config, known, profile);
  if (typeof found === "string") return noted(result, `no functions can be named: ${found}`);
  const cells = result.cells.map((cell) => {
    const [costs, now] = [before.get(cell.cell), found.get(cell.cell)];
    return costs && now ? { ...cell, functions: dearerFunctions(costs, now) } : cell;
  });
  return { ...result, cells };
}

function noted<Result extends Judged>(result: Result, note: string): Result {
  return { ...result, notes: [...result.notes, note] };
}

/**
 * What ran in a guest before a cell moves its figure, so that whole sections are profiled, as they
 * were for the baseline.
 *
 * @returns functions by cell, or why they are missing
 */
export async function profiles(config: Config, cells: readonly string[], profile: ProfileConfig) {
  const wanted = new Set(
    expandMatrix(config)
      .filter(({ id }) => cells.includes(id))
      .map(({ section }) => section),
  );
  const sections = config.filter((_, index) => wanted.has(index));
  try {
    return functionsByCell(await profile(sections));
  } catch (error) {
    if (error instanceof IopathError) return explain(error);
    throw error;
  }
}

/** Undefined of a cell that could not be profiled. */
export function functionsByCell(profiled: readonly ProfiledCell[]) {
  return new Map<string, OwnCost[] | undefined>(
    profiled.map(({ cell, profile }) => {
      return [cell.id, "problem" in profile ? undefined : functionCosts(profile)];
    }),
  );
}

export function dearerFunctions(
  before: readonly OwnCost[],
  now: readonly OwnCost[],
): DearerFunction[] {
  const after = now.filter(({ own }) => own >= ownMin); // as they are kept
  return differingFunctions(before, after)
    .functions.filter((one) => one.after - one.before >= changeMin)
    .slice(0, functionsMax)
    .map(({ frame, before: baseline, after: candidate }) => ({ ...frame, baseline, candidate }));
}
