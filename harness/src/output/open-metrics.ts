/** The rows as OpenMetrics text (RFC draft, version 1.0.0), for Prometheus and what reads its format. */
import type { Row } from "../row.ts";
import { conditions } from "./roles.ts";

export const metricsName = "metrics.txt";

/** The unit is in a family's name. */
const labelColumns = conditions.filter((name) => name !== "unit");

const quantiles = { p10: "0.1", p50: "0.5", p90: "0.9", p99: "0.99" } as const;

export function toOpenMetrics(rows: readonly Row[]): string {
  const families = [
    ...cost(rows, "ns/frame", "nanoseconds"),
    ...cost(rows, "instructions/frame", "instructions"),
    ...family("iopath_speedup_ratio", "gauge", "ratio", "p50 of the reference divided by p50.", [
      ...rows
        .filter((row) => row.speedup_over_reference !== null)
        .map((row) => sample("", row, row.speedup_over_reference!)),
    ]),
    ...family("iopath_cell_measured", "gauge", "", "1 for a cell that was measured, else 0.", [
      ...rows.map((row) => sample("", row, row.status === "measured" ? 1 : 0)),
    ]),
  ];
  return [...families, "# EOF\n"].join("\n");
}

function cost(rows: readonly Row[], rowUnit: Row["unit"], unit: string): string[] {
  const measured = rows.filter((row) => row.unit === rowUnit && row.p50 !== null);
  const samples = measured.flatMap((row) => [
    ...Object.entries(quantiles).map(([name, quantile]) =>
      sample("", row, row[name as keyof typeof quantiles]!, { quantile }),
    ),
    sample("_count", row, row.samples),
  ]);
  const help = "Cost of a forwarded frame, tester included.";
  return family(`iopath_frame_cost_${unit}`, "summary", unit, help, samples);
}

type Sample = (name: string) => string;

function family(name: string, type: string, unit: string, help: string, samples: Sample[]) {
  if (samples.length === 0) return [];
  const unitLine = unit ? [`# UNIT ${name} ${unit}`] : [];
  return [
    `# TYPE ${name} ${type}`,
    ...unitLine,
    `# HELP ${name} ${help}`,
    ...samples.map((line) => line(name)),
  ];
}

function sample(
  suffix: string,
  row: Row,
  value: number,
  more: Record<string, string> = {},
): Sample {
  const names = ["cell", "path", "variant", ...labelColumns] as const;
  const labels = names.map((label): [string, unknown] => [label, row[label]]);
  const pairs = [...labels, ...Object.entries(more)].map(
    ([label, text]) => `${label}="${escapeLabel(String(text))}"`,
  );
  return (name) => `${name}${suffix}{${pairs.join(",")}} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
