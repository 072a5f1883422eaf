/** The figures of a cell: samples of its trials pooled, counts added up. */
import { quantileSorted } from "simple-statistics";
import type { MeasuredResult } from "../trial/request.ts";

export function figures(trials: readonly MeasuredResult[], window: number) {
  const pooled = trials.flatMap(({ samplesNs }) => samplesNs).sort((a, b) => a - b);
  const quantile = (q: number) => (pooled.length > 0 ? round(quantileSorted(pooled, q), 1) : null);
  const fold = (pick: (trial: MeasuredResult) => number, join: (a: number, b: number) => number) =>
    trials.length > 0 ? trials.map(pick).reduce(join) : null;
  const sum = (pick: (trial: MeasuredResult) => number) => fold(pick, (a, b) => a + b);
  const perFrame = (pick: (trial: MeasuredResult) => number | null) => {
    const counts = trials.map(pick);
    if (counts.length === 0 || counts.includes(null)) return null;
    return round(
      counts.reduce<number>((sum, value) => sum + value!, 0) / (pooled.length * window),
      6,
    );
  };
  return {
    trials: trials.length,
    samples: pooled.length,
    p10: quantile(0.1),
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    frames_sent: sum((trial) => trial.framesSent),
    frames_received: sum((trial) => trial.framesReceived),
    garbage_collections: sum((trial) => trial.garbageCollections),
    resident_bytes_max: fold(
      (trial) => trial.residentBytesMax,
      (a, b) => Math.max(a, b),
    ),
    cpu_user_us: sum((trial) => trial.cpuUserUs),
    cpu_system_us: sum((trial) => trial.cpuSystemUs),
    syscalls_per_frame: perFrame((trial) => trial.syscalls),
    wakeups_per_frame: perFrame((trial) => trial.wakeups),
    context_switches_per_frame: perFrame((trial) => trial.contextSwitches),
  };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
