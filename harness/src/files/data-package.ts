/**
 * `datapackage.json`: what the CSV files of a run hold, for tools that read Frictionless data
 * packages.
 */
import { type Row, rowJsonSchema } from "../rows/row.ts";
import type { Written } from "./files.ts";
import { longColumns, wideConditions, wideSubjects } from "./results-csv.ts";
import type { ToldRun } from "./results-json.ts";
import { sampleColumns } from "./samples-csv.ts";

export const packageName = "datapackage.json";

export interface DataFile extends Written {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  readonly schema: object;
}

/** As https://specs.frictionlessdata.io/tabular-data-package/ (version 1) has it. */
export function dataPackage(run: ToldRun, files: readonly DataFile[]): object {
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

interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly anyOf?: readonly Property[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly [more: string]: unknown;
}

const dateFormat = "%Y-%m-%dT%H:%M:%S.%fZ";

/** A column of the rows in Frictionless' words, from the rows' own JSON Schema. */
function fieldsOfRow(): Map<string, Field> {
  const { properties } = rowJsonSchema() as { properties: Record<string, Property> };
  const fields = Object.entries(properties).map(([name, property]): [string, Field] => {
    const inner = property.anyOf?.find(({ type }) => type !== "null") ?? property;
    const { description = inner.description } = property;
    const told = description ? { description } : {};
    // The default form of a datetime has no fractions of a second.
    if (inner.format === "date-time") {
      return [name, { name, ...told, type: "datetime", format: dateFormat }];
    }
    const allowed = inner.enum?.filter((value) => value !== "");
    if (allowed?.length) {
      return [name, { name, ...told, type: "string", constraints: { enum: allowed } }];
    }
    return [name, { name, ...told, type: inner.type ?? "string" }];
  });
  return new Map(fields);
}

/** An empty field is no value, in text as in numbers. */
const missingValues = [""];

export function resultsTable(): object {
  return { fields: [...fieldsOfRow().values()], missingValues, primaryKey: "cell" };
}

export function longTable(): object {
  const known = fieldsOfRow();
  const own = new Map<string, Field>([
    ["measure", { name: "measure", type: "string", description: "Column of results.csv." }],
    ["unit", { name: "unit", type: "string" }],
    ["value", { name: "value", type: "number" }],
  ]);
  const fields = longColumns.map((name) => own.get(name) ?? known.get(name)!);
  return { fields, missingValues, primaryKey: ["cell", "measure"] };
}

export function wideTable(rows: readonly Row[]): object {
  const known = fieldsOfRow();
  const subjects = wideSubjects(rows).map((name) => ({
    name,
    type: "number",
    description: "Median (p50) of this path and variant, in the line's unit.",
  }));
  return {
    fields: [...wideConditions.map((name) => known.get(name)!), ...subjects],
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
