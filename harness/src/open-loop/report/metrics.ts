/** Rows of an open loop as OpenMetrics text, in the manner of a closed loop's. */
import { escapeLabel, family, sample } from "../../files/open-metrics.ts";
import { quantiles } from "../latency.ts";
import type { OpenLoopRun } from "./json.ts";
import type { LatencyRow, SearchRow } from "./row.ts";

const nameColumns = [
  ...(["path", "variant", "class", "profile", "frame_bytes", "burst", "workload"] as const),
  "search",
] as const;
const goals = ["ndr", "pdr"] as const;

export function openLoopMetrics({ rows, latencies }: Omit<OpenLoopRun, "run">): string {
  const measured = rows.filter(({ status }) => status === "measured");
  const fps = "frames_per_second";
  const families = [
    ...family(
      `iopath_throughput_${fps}`,
      "gauge",
      fps,
      "Conditional throughput (RFC 9971) without loss (NDR), and with 0.5 % (PDR).",
      measured.flatMap((row) =>
        goals.flatMap((goal) => optional(labelsOf(row, { goal }), row[`${goal}_fps`])),
      ),
    ),
    ...family(
      `iopath_throughput_bound_${fps}`,
      "gauge",
      fps,
      "Relevant lower and upper bound of the throughput (RFC 9971).",
      measured.flatMap((row) =>
        goals.flatMap((goal) => [
          ...optional(labelsOf(row, { goal, end: "low" }), row[`${goal}_lower_fps`]),
          ...optional(labelsOf(row, { goal, end: "high" }), row[`${goal}_upper_fps`]),
        ]),
      ),
    ),
    ...family(
      "iopath_latency_nanoseconds",
      "summary",
      "nanoseconds",
      "One-way latency under a load, from the generator to the sink.",
      latencies.flatMap(latencySamples),
    ),
    ...family(
      "iopath_frame_cpu_nanoseconds",
      "gauge",
      "nanoseconds",
      "CPU time per forwarded frame at 90 % of PDR.",
      measured.flatMap((row) => optional(labelsOf(row), row.cpu_ns_per_frame)),
    ),
    ...family(
      "iopath_search_measured",
      "gauge",
      "",
      "1 for a search that has a figure, else 0.",
      rows.map((row) => sample("", labelsOf(row), row.status === "measured" ? 1 : 0)),
    ),
  ];
  return [...families, "# EOF\n"].join("\n");
}

function latencySamples(row: LatencyRow) {
  const labels = labelsOf(row, { load: row.load });
  const of = Object.entries(quantiles).flatMap(([name, percent]) =>
    optional(
      `${labels},quantile="${Number((percent / 100).toPrecision(6))}"`,
      row[`${name as keyof typeof quantiles}_ns`],
    ),
  );
  return [...of, sample("_count", labels, row.frames)];
}

function optional(labels: string, value: number | null) {
  return value === null ? [] : [sample("", labels, value)];
}

function labelsOf(row: SearchRow | LatencyRow, more: Readonly<Record<string, string>> = {}) {
  const own = nameColumns.map((name) => [name, String(row[name])] as const);
  return [...own, ...Object.entries(more)]
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}
