/** What was measured → rows. */
import type { Variant } from "@iopath/contract";
import type { SearchCell } from "../../matrix/search-cell.ts";
import type { GoalResult } from "../../search/search.ts";
import { overflowedOf } from "../bound.ts";
import { encodeBins, floorOf, quantilesOf, usableTo } from "../latency.ts";
import {
  cpuLoad,
  cpuNsPerFrame,
  type LatencyAtLoad,
  type Measured,
  type Purpose,
  type Searched,
} from "../measure.ts";
import type { SearchRunEvent } from "../run/events.ts";
import type { Attempt } from "../trial.ts";
import type { LatencyRow, SearchRow, TrialRow } from "./row.ts";

/** A trial, which search made it, and what for. */
export interface TracedAttempt extends Attempt {
  readonly of: Pick<
    TrialRow,
    "profile" | "path" | "variant" | "frame_bytes" | "burst" | "workload" | "search"
  >;
  readonly purpose: Purpose;
}

/** What is the same in all rows of a variant and size. */
export interface RowNames {
  readonly run: Pick<SearchRunEvent, "runId" | "startedAt" | "environment" | "ground">;
  readonly cell: SearchCell;
  readonly variant: Variant;
}

function namesOf({ run, cell }: RowNames, search: number) {
  const { profile, path, variant, frameBytes, burst, workload } = cell;
  return {
    run_id: run.runId,
    mode: "open-loop" as const,
    ...{ profile, path, variant },
    ...{ class: run.ground.class, place: run.ground.place },
    ...{ frame_bytes: frameBytes, burst, workload, search },
  };
}

function environmentOf({ run: { environment, ground, startedAt } }: RowNames) {
  const { kernel, cpuModel, node, iopath, revision, revisionDirty } = environment;
  const { tester } = ground;
  return {
    line_mbits: ground.lineMbits,
    ...{ kernel, cpu_model: cpuModel },
    ...{ tester_kernel: tester?.kernel ?? "", tester_cpu_model: tester?.cpuModel ?? "" },
    ...{ node, iopath },
    revision: revisionDirty === true ? `${revision}+dirty` : revision,
    started_at: startedAt,
  };
}

const nothing = {
  ...({ device_mode: "", placement: "" } as const),
  ...({ ndr_fps: null, ndr_lower_fps: null, ndr_upper_fps: null, ndr_irregular: "" } as const),
  ...({ pdr_fps: null, pdr_lower_fps: null, pdr_upper_fps: null, pdr_irregular: "" } as const),
  ...{ ceiling_fps: null, reached_fps: null, trials: 0, trials_invalid: 0, search_seconds: null },
  ...{ offered_share_min: null, frames_offered: null, frames_forwarded: null },
  ...{ frames_reordered: null, frames_foreign: null, cpu_ns_per_frame: null },
  ...{ bound_by: "", bound: "" },
} as const;

/** A variant that could not be measured. */
export function emptyRow(names: RowNames, status: "skipped" | "failed", reason: string): SearchRow {
  return { ...namesOf(names, 1), status, reason, ...nothing, ...environmentOf(names) };
}

interface RowParts {
  readonly names: RowNames;
  /** Which CPU does what. */
  readonly placement: string;
  readonly deviceMode: string;
  readonly measured: Measured;
  readonly attempts: readonly TracedAttempt[];
}

/** A row for each search. */
export function searchRowsOf(parts: RowParts): SearchRow[] {
  return parts.measured.searches.map((searched, i) => searchRow(parts, searched, i + 1));
}

function searchRow(parts: RowParts, searched: Searched, search: number): SearchRow {
  const { names, placement, deviceMode, measured } = parts;
  const attempts = parts.attempts.filter(({ of }) => of.search === search);
  const valid = attempts.filter(({ verdict }) => verdict.is === "valid");
  const sum = (key: "offered" | "forwarded" | "reordered" | "foreign") =>
    valid.reduce((total, { trial }) => total + trial.counts[key], 0);
  const shares = valid.map(({ trial: { counts } }) => counts.offered / counts.intended);
  const [ndr, pdr] = searched.result.results as readonly [GoalResult, GoalResult];
  const loaded = measured.latencies.find(({ load }) => load === cpuLoad);
  const polls = names.variant.kind === "polled";
  return {
    ...namesOf(names, search),
    ...{ status: "measured", reason: "", device_mode: deviceMode, placement },
    ndr_fps: rounded(ndr.conditionalThroughput),
    ndr_lower_fps: ndr.lowerBound ?? null,
    ndr_upper_fps: ndr.upperBound ?? null,
    ndr_irregular: ndr.irregularity,
    pdr_fps: rounded(pdr.conditionalThroughput),
    pdr_lower_fps: pdr.lowerBound ?? null,
    pdr_upper_fps: pdr.upperBound ?? null,
    pdr_irregular: pdr.irregularity,
    ceiling_fps: Math.round(searched.ceiling),
    reached_fps: searched.result.reached,
    trials: valid.length,
    trials_invalid: attempts.length - valid.length,
    search_seconds: Math.round(searched.seconds * 10) / 10,
    offered_share_min: shares.length === 0 ? null : Math.min(...shares),
    frames_offered: sum("offered"),
    frames_forwarded: sum("forwarded"),
    frames_reordered: sum("reordered"),
    frames_foreign: sum("foreign"),
    cpu_ns_per_frame: rounded(loaded && (cpuNsPerFrame(loaded.trials, polls) ?? undefined)),
    bound_by: searched.bound.by,
    bound: searched.bound.sentence,
    ...environmentOf(names),
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

/** A row for each load at which latencies were taken. */
export function latencyRowsOf({ names, measured }: RowParts): LatencyRow[] {
  const floor = floorOf(measured.noise);
  return measured.latencies.map((at) => latencyRow(names, at, floor, measured.searches.length));
}

function latencyRow(
  names: RowNames,
  { load, rate, trials, bins, maxNs }: LatencyAtLoad,
  floor: ReturnType<typeof floorOf>,
  search: number,
): LatencyRow {
  const measured = quantilesOf(bins);
  const sum = (key: "offered" | "forwarded") =>
    trials.reduce((total, { counts }) => total + counts[key], 0);
  return {
    ...namesOf(names, search),
    ...{ load, load_fps: Math.round(rate) },
    frames: sum("forwarded"),
    frames_lost: sum("offered") - sum("forwarded"),
    ...{ p50_ns: measured.p50, p90_ns: measured.p90, p99_ns: measured.p99 },
    ...{ p999_ns: measured.p999, p9999_ns: measured.p9999, max_ns: maxNs },
    ...{ floor_p50_ns: floor.p50, floor_p90_ns: floor.p90, floor_p99_ns: floor.p99 },
    ...{ floor_p999_ns: floor.p999, floor_p9999_ns: floor.p9999 },
    usable_to: usableTo(measured, floor),
    histogram: encodeBins(bins),
  };
}

/** A row for each trial, those that do not count included. */
export function trialRowsOf(
  { runId }: Pick<RowNames["run"], "runId">,
  attempts: readonly TracedAttempt[],
): TrialRow[] {
  return attempts.map(({ of, purpose, rate, seconds, trial, verdict }) => {
    const { counts, effort } = trial;
    const { intended, offered, forwarded, reordered, foreign, stale, skipped } = counts;
    const { unsent, contextSwitches, garbageCollections } = effort.forwarder;
    const overflowed = overflowedOf(trial);
    const isValid = verdict.is === "valid";
    return {
      run_id: runId,
      ...of,
      ...{ purpose, rate_fps: rate, seconds, intended, offered, forwarded },
      ...{ reordered, foreign, stale, skipped, unsent, overflowed },
      forwarding_cpu_share: counts.windowNs === 0 ? null : counts.forwardingNs / counts.windowNs,
      idle_share: effort.idleShare,
      context_switches: contextSwitches,
      garbage_collections: garbageCollections,
      loss_ratio: isValid ? verdict.lossRatio : null,
      invalid: isValid ? "" : verdict.why,
    };
  });
}
