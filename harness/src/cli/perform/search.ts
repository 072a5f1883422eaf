/** `iopath search`: each variant in a lab of its own, one after the other. */
import { ExitStatus, explain, IopathError, requireTrouble } from "@iopath/contract";
import { requireLabPrivileges } from "@iopath/lab";
import { readEnvironment } from "../../environment/environment.ts";
import { makeFolder } from "../../files/files.ts";
import { OpenLoopDevice } from "../../open-loop/device.ts";
import { measureOpenLoop } from "../../open-loop/measure.ts";
import { lackOfCpus, type Placement, placementHere } from "../../open-loop/placement.ts";
import { profiles } from "../../open-loop/profile.ts";
import { type TracedAttempt, writeOpenLoop } from "../../open-loop/report/files.ts";
import type { LatencyRow, SearchRow } from "../../open-loop/report/row.ts";
import {
  emptyRow,
  latencyRowsOf,
  type RowNames,
  searchRowsOf,
} from "../../open-loop/report/rows-of.ts";
import { formatOpenLoop } from "../../open-loop/report/table.ts";
import { lackOfStamps } from "../../open-loop/tester/frame-plan.ts";
import { findPath, findVariant } from "../../paths/all.ts";
import { showTrials, type TrialLines } from "../../present/terminal/trial-lines.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { findWorkload } from "../../workloads/known.ts";
import type { SearchPlan } from "../plan.ts";

/** What was found so far; written after each variant, so that a cut run keeps it. */
interface Found {
  readonly rows: SearchRow[];
  readonly latencies: LatencyRow[];
  readonly attempts: TracedAttempt[];
}

export async function performSearch(plan: SearchPlan, signal: AbortSignal): Promise<number> {
  const { variants, frameBytes, out, waitMinutes } = plan;
  makeFolder(out);
  requireLabPrivileges();
  using _lock = await holdMachine({ waitMinutes, signal });
  const startedAt = new Date().toISOString();
  const environment = readEnvironment();
  const found: Found = { rows: [], latencies: [], attempts: [] };
  using lines = showTrials();
  for (const { path, variant } of variants) {
    for (const size of frameBytes) {
      const names: RowNames = {
        ...{ startedAt, environment, path, variant: findVariant(findPath(path), variant) },
        ...{ profile: plan.profile, frameBytes: size, burst: plan.burst, workload: plan.workload },
      };
      await searchOne(plan, names, { found, lines, signal });
      writeOpenLoop(out, found);
    }
  }
  lines[Symbol.dispose]();
  const { rows, latencies } = found;
  process.stdout.write(`${formatOpenLoop(rows, latencies)}\n`);
  process.stderr.write(
    `\nwritten: ${out}/open-loop.csv, open-loop-latency.csv and open-loop-trials.csv\n`,
  );
  return rows.some(({ status }) => status === "failed") ? ExitStatus.cellFailed : ExitStatus.ok;
}

interface Searching {
  readonly found: Found;
  readonly lines: TrialLines;
  readonly signal: AbortSignal;
}

async function searchOne(
  plan: SearchPlan,
  names: RowNames,
  { found, lines, signal }: Searching,
): Promise<void> {
  const name = nameOf(names);
  const placement = placementHere(names.variant);
  const lack = placement ? lackOf(names) : lackOfCpus;
  if (!placement || lack) {
    const { missing, remedy } = lack!;
    lines.note(`${name}  skipped: ${missing}; ${remedy}`);
    found.rows.push(emptyRow(names, "skipped", `${missing}; ${remedy}`));
    return;
  }
  try {
    await measureOne(plan, names, placement, { found, lines, signal });
  } catch (error) {
    signal.throwIfAborted();
    const trouble = requireTrouble(error);
    if (trouble instanceof IopathError && trouble.exitStatus === ExitStatus.hostDirty) throw error;
    const status = trouble.exitStatus === ExitStatus.cannotRun ? "skipped" : "failed";
    lines.note(`${name}  ${status}: ${explain(trouble).replaceAll("\n", "; ")}`);
    found.rows.push(emptyRow(names, status, explain(trouble)));
  }
}

/** Adds rows, and all trials that were made, also of a search that failed. */
async function measureOne(
  { profile, searches, realtime }: SearchPlan,
  names: RowNames,
  placement: Placement,
  { found, lines, signal }: Searching,
): Promise<void> {
  const { path, variant, workload, frameBytes, burst } = names;
  const attempts: TracedAttempt[] = [];
  try {
    await using device = await OpenLoopDevice.open({
      ...{ path: findPath(path), variant, workload, frameBytes, burst },
      ...{ placement, signal, realtime },
    });
    const measured = await measureOpenLoop(device, {
      ...{ profile: profiles[profile], placement, realtime, searches },
      tell: (search, doing, attempt) => {
        const of = { path, variant: variant.name, frame_bytes: frameBytes, search };
        attempts.push({ ...attempt, of });
        lines.trial(`${nameOf(names)}  search ${search}, ${doing}`, attempt);
      },
    });
    const { deviceMode } = device;
    const parts = { names, placement, realtime, deviceMode, measured, attempts };
    found.rows.push(...searchRowsOf(parts));
    found.latencies.push(...latencyRowsOf(parts));
  } finally {
    found.attempts.push(...attempts);
  }
}

function nameOf({ path, variant, frameBytes }: RowNames): string {
  return `${path}/${variant.name}/${frameBytes}B`;
}

/** What the open loop itself can't do with a variant. */
function lackOf({ path, variant, workload, frameBytes }: RowNames) {
  if (variant.ownTesters || variant.lab !== undefined) {
    return {
      missing: `no network interfaces lead to the ports of ${path}/${variant.name}`,
      remedy: "measure it in the closed loop, `iopath run`",
    };
  }
  return lackOfStamps(findWorkload(workload), frameBytes);
}
