/**
 * `iopath gate` and `iopath baseline update`: finds what was asked, and reports what a gate found.
 */
import { dirname } from "node:path";
import { makeFolder, requireWritable } from "../../files/files.ts";
import { type Baseline, baselineFile, loadBaseline } from "../../gate/baseline.ts";
import { gate, readCandidate } from "../../gate/counted/gate-on-baseline.ts";
import { keepFunctions, readKept } from "../../gate/counted/kept-functions.ts";
import { type CandidateRun, measureCandidate } from "../../gate/counted/measure.ts";
import { functionsByCell, nameFunctions } from "../../gate/counted/name-functions.ts";
import { fileToUpdate, updateBaseline } from "../../gate/counted/update.ts";
import { appendHistory, type Point, pointOfLanes, pointOfRows } from "../../gate/gate-history.ts";
import { gateKernels } from "../../gate/kernels/gate-kernels.ts";
import { gateAgainst } from "../../gate/paired/gate-against.ts";
import { gateJson, writeGate } from "../../gate/report-files.ts";
import { formatGate } from "../../gate/report-text.ts";
import { type GateResult, gateStatus } from "../../gate/verdict.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { profileCells } from "../../run/profile-cells.ts";
import { run } from "../../run/run.ts";
import type {
  AgainstPlan,
  CandidatePlan,
  GateKernelsPlan,
  GatePlan,
  ReportPlan,
  UpdateBaselinePlan,
} from "../plan.ts";

export async function performGate(
  plan: GatePlan | AgainstPlan | GateKernelsPlan | UpdateBaselinePlan,
  signal: AbortSignal,
): Promise<number> {
  switch (plan.does) {
    case "gate":
      return await onInstructions(plan, signal);
    case "gate against":
      return await againstRevision(plan, signal);
    case "gate kernels":
      return await ofKernels(plan, signal);
    case "baseline update": {
      if (plan.baseline !== undefined) {
        makeFolder(dirname(plan.baseline));
        requireWritable(plan.baseline); // before minutes of measuring
      }
      return await update(plan, signal);
    }
  }
}

async function onInstructions(plan: GatePlan, signal: AbortSignal): Promise<number> {
  if (!("rows" in plan.candidate)) requireBaseline(plan.baseline); // before minutes of measuring
  const startedAt = new Date();
  const candidate = await findCandidate(plan.candidate, signal);
  const judged = gate(candidate, plan.baseline, plan.thresholds);
  const found = await withFunctions(judged, plan, signal);
  const elapsedMs = Date.now() - startedAt.getTime();
  const result = { ...found, startedAt: startedAt.toISOString(), elapsedMs };
  return report(result, plan.report, () => pointOfRows(candidate.rows));
}

/** Of rows of an earlier run there is nothing to profile. */
async function withFunctions<Result extends Pick<GateResult, "cells" | "notes">>(
  result: Result,
  { candidate, baseline }: GatePlan,
  signal: AbortSignal,
): Promise<Result> {
  if ("rows" in candidate) return result;
  const loaded = requireBaseline(baseline);
  return await nameFunctions(result, {
    config: candidate.config,
    kept: (cell) => readKept(loaded, cell),
    profile: (config) => profile({ ...candidate, config }, signal),
  });
}

/** Figures first; then, of cells that were measured just now, what each function executed. */
async function update(plan: UpdateBaselinePlan, signal: AbortSignal): Promise<number> {
  const candidate = await findCandidate(plan.candidate, signal);
  process.stdout.write(`${updateBaseline(candidate, plan.baseline)}\n`);
  const file = fileToUpdate(candidate, plan.baseline);
  // Until they are known: those of the old baseline would be taken for those of the new one.
  keepFunctions(file, new Map(candidate.rows.map(({ cell }) => [cell, undefined])));
  if ("rows" in plan.candidate) return 0;
  const functions = functionsByCell(await profile(plan.candidate, signal));
  keepFunctions(file, functions);
  const kept = [...functions.values()].filter((known) => known !== undefined).length;
  process.stdout.write(`functions of ${kept} of ${functions.size} cells are kept beside it\n`);
  return 0;
}

async function profile(
  { config, waitMinutes }: Pick<CandidateRun, "config" | "waitMinutes">,
  signal: AbortSignal,
) {
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  using _lock = await holdMachine({ waitMinutes, share: true, signal });
  return await profileCells(config, { signal, tell });
}

/** Adds nothing to the history: that one is of this project's revisions on one kernel. */
async function ofKernels(plan: GateKernelsPlan, signal: AbortSignal): Promise<number> {
  const { out, json, waitMinutes } = plan;
  const startedAt = new Date();
  const found = await gateKernels(plan, {
    measure: (config) => run({ config, folder: out, resume: false, waitMinutes, signal }),
    profile: (config) => profile({ config, waitMinutes }, signal),
  });
  const elapsedMs = Date.now() - startedAt.getTime();
  const result = { ...found, startedAt: startedAt.toISOString(), elapsedMs };
  return report(result, { out, json, inconclusive: "fail" });
}

async function againstRevision(plan: AgainstPlan, signal: AbortSignal): Promise<number> {
  const { against, cells, within, maxMinutes, waitMinutes } = plan;
  const result = await gateAgainst({
    ...{ cells, against, maxMinutes, waitMinutes, signal },
    ...(within === undefined ? {} : { threshold: within }),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  return report(result, plan.report, () => pointOfLanes(result));
}

async function findCandidate(plan: CandidatePlan, signal: AbortSignal) {
  return "rows" in plan ? readCandidate(plan.rows) : await measureCandidate(plan, signal);
}

/** @throws IopathError, exit status 5, when it is missing or can't be used */
function requireBaseline(chosen: string | undefined): Baseline {
  return loadBaseline(chosen, baselineFile({ place: "guest", clock: "instructions" }));
}

/** Writes the result as files, adds its figures to the history, and prints it; the exit status. */
function report(
  result: GateResult,
  { out, json, inconclusive, history }: Omit<ReportPlan, "history"> & Partial<ReportPlan>,
  point?: () => Point,
): number {
  const text = () => `${formatGate(result, screenOf(process.stdout).color)}\n`;
  writeGate(out, result, inconclusive);
  if (history !== undefined && point) appendHistory(history, point());
  process.stdout.write(json ? gateJson(result, inconclusive) : text());
  return gateStatus(result, inconclusive);
}
