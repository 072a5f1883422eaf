/**
 * `datapackage.json`: what the CSV files of a run hold, for tools that read Frictionless data
 * packages.
 */
import { type ColumnKind, columnKinds } from "../rows/column-kinds.ts";
import type { Row } from "../rows/row.ts";
import type { Written } from "./files.ts";
import { longColumns, wideConditions, wideSubjects } from "./results-csv.ts";
import type { RunHead } from "./results-json.ts";
import { sampleColumns } from "./samples-csv.ts";

export const packageName = "datapackage.json";

export interface DataFile extends Written {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  readonly schema: object;
}

/** As https://specs.frictionlessdata.io/tabular-data-package/ (version 1) has it. */
export function dataPackage(run: RunHead, files: readonly DataFile[]): object {
  const { environment } = run;
  return {
    profile: "tabular-data-package",
    name: `iopath-${run.runId.toLowerCase()}`,
    title: "What one forwarded frame costs over several Linux I/O paths",
    description:
      `Measured by iopath ${environment.iopath}, revision ${environment.revision}, ` +
      `on ${environment.cpuModel}, Linux ${environment.kernel}.`,
    created: run.startedAt,
    resources: files.map(({ name, path, title, schema, bytes, sha256 }) => ({
      profile: "tabular-data-resource",
      name,
      title,
      path,
      format: "csv",
      mediatype: "text/csv",
      ...(path.endsWith(".gz") ? { compression: "gz" } : {}),
      encoding: "utf-8",
      bytes,
      hash: `sha256:${sha256}`,
      dialect: { delimiter: ",", quoteChar: '"', doubleQuote: true, lineTerminator: "\r\n" },
      schema,
    })),
  };
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly [more: string]: unknown;
}

const dateFormat = "%Y-%m-%dT%H:%M:%S.%fZ";

/** The columns of the rows in Frictionless' words. */
const fieldsOfRow: ReadonlyMap<string, Field> = new Map(
  columnKinds.map(({ name, description, ...kind }) => [
    name,
    { name, ...(description ? { description } : {}), ...typeOf(kind) },
  ]),
);

function typeOf({ holds, words }: Pick<ColumnKind, "holds" | "words">) {
  // The default form of a datetime has no fractions of a second.
  if (holds === "date-time") return { type: "datetime", format: dateFormat };
  if (holds !== "text") return { type: holds };
  const allowed = words?.filter((word) => word !== "") ?? [];
  return { type: "string", ...(allowed.length > 0 ? { constraints: { enum: allowed } } : {}) };
}

/** An empty field is no value, in text as in numbers. */
const missingValues = [""];

export function resultsTable(): object {
  return { fields: [...fieldsOfRow.values()], missingValues, primaryKey: "cell" };
}

export function longTable(): object {
  const own = new Map<string, Field>([
    ["measure", { name: "measure", type: "string", description: "Column of results.csv." }],
    ["unit", { name: "unit", type: "string" }],
    ["value", { name: "value", type: "number" }],
  ]);
  const fields = longColumns.map((name) => own.get(name) ?? fieldsOfRow.get(name)!);
  return { fields, missingValues, primaryKey: ["cell", "measure"] };
}

export function wideTable(rows: readonly Row[]): object {
  const subjects = wideSubjects(rows).map((name) => ({
    name,
    type: "number",
    description: "Median (p50) of this path and variant, in the line's unit.",
  }));
  return {
    fields: [...wideConditions.map((name) => fieldsOfRow.get(name)!), ...subjects],
    missingValues,
  };
}

export const samplesTable = {
  fields: sampleColumns.map((name) => ({
    name,
    type: { cell: "string", round: "integer", rank: "integer", value: "number" }[name],
    constraints: { required: true },
  })),
  missingValues,
  primaryKey: ["cell", "round", "rank"],
  foreignKeys: [{ fields: "cell", reference: { resource: "results", fields: "cell" } }],
};
