/**
 * The rows as OpenMetrics text (RFC draft, version 1.0.0), for Prometheus and what reads its
 * format.
 */
import { conditions } from "../rows/conditions.ts";
import type { Row } from "../rows/row.ts";

export const metricsName = "metrics.txt";

/** The unit is in a family's name. */
const labelColumns = conditions.filter((name) => name !== "unit");

const quantiles = { p10: "0.1", p50: "0.5", p90: "0.9", p99: "0.99" } as const;

/** A row with its labels: each of its samples has them again. */
interface Labelled {
  readonly row: Row;
  /** `cell="…",path="…",…` */
  readonly labels: string;
}

export function toOpenMetrics(rows: readonly Row[]): string {
  const labelled = rows.map((row): Labelled => ({ row, labels: labelsOf(row) }));
  const compared = labelled.filter(({ row }) => row.speedup_over_reference !== null);
  const ofUnit = (unit: Row["unit"]) => labelled.filter(({ row }) => row.unit === unit);
  const families = [
    ...cost(labelled, "ns/frame", "nanoseconds"),
    ...cost(labelled, "instructions/frame", "instructions"),
    ...family("iopath_speedup_ratio", "gauge", "ratio", "p50 of the reference divided by p50.", [
      ...compared.map(({ row, labels }) => sample("", labels, row.speedup_over_reference!)),
    ]),
    ...interval(labelled, "iopath_speedup_interval_ratio", "ratio", "speed-up", speedUpEnds),
    ...interval(
      ofUnit("ns/frame"),
      "iopath_frame_cost_interval_nanoseconds",
      "nanoseconds",
      "p50",
      costEnds,
    ),
    ...family("iopath_cell_measured", "gauge", "", "1 for a cell that was measured, else 0.", [
      ...labelled.map(({ row, labels }) => sample("", labels, row.status === "measured" ? 1 : 0)),
    ]),
  ];
  return [...families, "# EOF\n"].join("\n");
}

function cost(rows: readonly Labelled[], rowUnit: Row["unit"], unit: string): string[] {
  const measured = rows.filter(({ row }) => row.unit === rowUnit && row.p50 !== null);
  const samples = measured.flatMap(({ row, labels }) => [
    ...Object.entries(quantiles).map(([name, quantile]) =>
      sample("", `${labels},quantile="${quantile}"`, row[name as keyof typeof quantiles]!),
    ),
    sample("_count", labels, row.samples),
  ]);
  const help = "Cost per forwarded frame, tester included.";
  return family(`iopath_frame_cost_${unit}`, "summary", unit, help, samples);
}

type Ends = Readonly<Record<"low" | "high", (row: Row) => number | null>>;
const speedUpEnds: Ends = { low: (row) => row.speedup_low, high: (row) => row.speedup_high };
const costEnds: Ends = { low: (row) => row.p50_low, high: (row) => row.p50_high };

/** Both ends of a 95 % interval, told apart by the label `end`. */
function interval(rows: readonly Labelled[], name: string, unit: string, of: string, ends: Ends) {
  const samples = rows.flatMap(({ row, labels }) =>
    Object.entries(ends).flatMap(([end, pick]) => {
      const value = pick(row);
      return value === null ? [] : [sample("", `${labels},end="${end}"`, value)];
    }),
  );
  const help = `95 % interval of the ${of}, over launches of fresh processes.`;
  return family(name, "gauge", unit, help, samples);
}

type Sample = (name: string) => string;

export function family(name: string, type: string, unit: string, help: string, samples: Sample[]) {
  if (samples.length === 0) return [];
  const unitLine = unit ? [`# UNIT ${name} ${unit}`] : [];
  return [
    `# TYPE ${name} ${type}`,
    ...unitLine,
    `# HELP ${name} ${help}`,
    ...samples.map((line) => line(name)),
  ];
}

export function sample(suffix: string, labels: string, value: number): Sample {
  return (name) => `${name}${suffix}{${labels}} ${value}`;
}

function labelsOf(row: Row): string {
  const names = ["cell", "path", "variant", ...labelColumns] as const;
  return names.map((name) => `${name}="${escapeLabel(String(row[name]))}"`).join(",");
}

export function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
