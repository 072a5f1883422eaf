/**
 * `iopath gate` and `iopath baseline update`: finds what was asked, and reports what a gate found.
 */
import { dirname } from "node:path";
import { makeFolder, requireWritable } from "../../files/files.ts";
import { baselineFile, loadBaseline } from "../../gate/baseline.ts";
import { gate, readCandidate } from "../../gate/counted/gate-on-baseline.ts";
import { measureCandidate } from "../../gate/counted/measure.ts";
import { updateBaseline } from "../../gate/counted/update.ts";
import { appendHistory, type Point, pointOfLanes, pointOfRows } from "../../gate/gate-history.ts";
import { gateAgainst } from "../../gate/paired/gate-against.ts";
import { gateJson, writeGate } from "../../gate/report-files.ts";
import { formatGate } from "../../gate/report-text.ts";
import { type GateResult, gateStatus } from "../../gate/verdict.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import type {
  AgainstPlan,
  CandidatePlan,
  GatePlan,
  ReportPlan,
  UpdateBaselinePlan,
} from "../plan.ts";

export async function performGate(
  plan: GatePlan | AgainstPlan | UpdateBaselinePlan,
  signal: AbortSignal,
): Promise<number> {
  switch (plan.does) {
    case "gate":
      return await onInstructions(plan, signal);
    case "gate against":
      return await againstRevision(plan, signal);
    case "baseline update": {
      if (plan.baseline !== undefined) {
        makeFolder(dirname(plan.baseline));
        requireWritable(plan.baseline); // before minutes of measuring
      }
      const candidate = await findCandidate(plan.candidate, signal);
      process.stdout.write(`${updateBaseline(candidate, plan.baseline)}\n`);
      return 0;
    }
  }
}

async function onInstructions(plan: GatePlan, signal: AbortSignal): Promise<number> {
  if (!("rows" in plan.candidate)) requireBaseline(plan.baseline); // before minutes of measuring
  const startedAt = new Date();
  const candidate = await findCandidate(plan.candidate, signal);
  const found = gate(candidate, plan.baseline, plan.thresholds);
  const elapsedMs = Date.now() - startedAt.getTime();
  const result = { ...found, startedAt: startedAt.toISOString(), elapsedMs };
  return report(result, plan.report, () => pointOfRows(candidate.rows));
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
function requireBaseline(chosen: string | undefined): void {
  loadBaseline(chosen, baselineFile({ place: "guest", clock: "instructions" }));
}

/** Writes the result as files, adds its figures to the history, and prints it; the exit status. */
function report(result: GateResult, plan: ReportPlan, point: () => Point): number {
  const { out, json, inconclusive, history } = plan;
  const text = () => `${formatGate(result, screenOf(process.stdout).color)}\n`;
  writeGate(out, result, inconclusive);
  if (history !== undefined) appendHistory(history, point());
  process.stdout.write(json ? gateJson(result, inconclusive) : text());
  return gateStatus(result, inconclusive);
}
