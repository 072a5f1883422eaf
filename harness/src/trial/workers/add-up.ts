/** The result of a team: what its workers measured, taken together. */
import { worstTier } from "@iopath/native";
import type { Effort } from "../loop/effort.ts";
import type { MeasuredResult, TrialResult } from "../request.ts";
import type { Conducted } from "./conduct.ts";

/** What an attached path did for all workers; they count nothing of it themselves. */
type Attached = Effort & { readonly deviceMode: string };

/** Samples of all workers together, counts added. The first that failed speaks for all. */
export function addUp(conducted: Conducted, attached?: Attached): TrialResult {
  if ("early" in conducted) return ofWorker(conducted.early.worker, conducted.early.result);
  const { all } = conducted;
  const other = all.findIndex(({ status }) => status !== "measured");
  return other >= 0 ? ofWorker(other, all[other]!) : together(all as MeasuredResult[], attached);
}

function ofWorker(worker: number, result: TrialResult): TrialResult {
  if (result.status === "measured") {
    return { status: "failed", reason: `worker ${worker} ended before the others had sampled` };
  }
  if (result.status !== "failed") return result;
  return { ...result, reason: `worker ${worker}: ${result.reason}` };
}

function together(results: readonly MeasuredResult[], attached?: Attached): MeasuredResult {
  const sum = (pick: (result: MeasuredResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  const calls = (name: "syscalls" | "wakeups") =>
    results.some((result) => result[name] === null) ? null : sum((result) => result[name]!);
  return {
    status: "measured",
    samplesNs: results.flatMap(({ samplesNs }) => samplesNs).sort((a, b) => a - b),
    framesSent: sum((result) => result.framesSent),
    framesReceived: sum((result) => result.framesReceived),
    garbageCollections: sum((result) => result.garbageCollections),
    residentBytesMax: Math.max(...results.map(({ residentBytesMax }) => residentBytesMax)),
    cpuUserUs: sum((result) => result.cpuUserUs),
    cpuSystemUs: sum((result) => result.cpuSystemUs),
    syscalls: attached ? attached.syscalls : calls("syscalls"),
    wakeups: attached ? attached.wakeups : calls("wakeups"),
    contextSwitches: sum((result) => result.contextSwitches),
    deviceMode: attached?.deviceMode ?? results[0]!.deviceMode,
    ...tierOf(results),
    ...timingOf(results),
  };
}

function tierOf(results: readonly MeasuredResult[]): Pick<MeasuredResult, "tier"> {
  const tier = worstTier(results.flatMap(({ tier }) => tier ?? []));
  return tier ? { tier } : {};
}

/** The dearest clock and the longest sample of them; nothing where time does not count. */
function timingOf(results: readonly MeasuredResult[]): Pick<MeasuredResult, "timing"> {
  const timings = results.flatMap(({ timing }) => timing ?? []);
  if (timings.length === 0) return {};
  return {
    timing: {
      clockNs: Math.max(...timings.map(({ clockNs }) => clockNs)),
      windowsPerSample: Math.max(...timings.map((timing) => timing.windowsPerSample)),
    },
  };
}
