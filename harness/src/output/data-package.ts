/** `datapackage.json`: what the CSV files of a run hold, for tools that read Frictionless data packages. */
import type { RunEvent } from "../journal.ts";
import { rowJsonSchema } from "../row.ts";
import { sampleColumns } from "./samples-csv.ts";

export interface DataFile {
  readonly name: "results" | "samples";
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

/** As https://specs.frictionlessdata.io/tabular-data-package/ (version 1) has it. */
export function dataPackage(run: RunEvent, files: readonly DataFile[]): object {
  const { environment } = run;
  return {
    profile: "tabular-data-package",
    name: `iopath-${run.runId.toLowerCase()}`,
    title: "What one forwarded frame costs over several Linux I/O paths",
    description:
      `Measured by iopath ${environment.iopath}, revision ${environment.revision}, ` +
      `on ${environment.cpuModel}, Linux ${environment.kernel}.`,
    created: run.startedAt,
    resources: files.map(({ name, path, bytes, sha256 }) => ({
      profile: "tabular-data-resource",
      name,
      path,
      format: "csv",
      mediatype: "text/csv",
      encoding: "utf-8",
      bytes,
      hash: `sha256:${sha256}`,
      dialect: { delimiter: ",", quoteChar: '"', doubleQuote: true, lineTerminator: "\r\n" },
      schema: name === "results" ? resultsSchema() : samplesSchema,
    })),
  };
}

const samplesSchema = {
  fields: sampleColumns.map((name) => ({
    name,
    type: { cell: "string", round: "integer", rank: "integer", value: "number" }[name],
    constraints: { required: true },
  })),
  missingValues: [""],
  primaryKey: ["cell", "round", "rank"],
  foreignKeys: [{ fields: "cell", reference: { resource: "results", fields: "cell" } }],
};

interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly anyOf?: readonly Property[];
}

const dateFormat = "%Y-%m-%dT%H:%M:%S.%fZ";

/** The rows' own JSON Schema in Frictionless' words. */
function resultsSchema(): object {
  const { properties } = rowJsonSchema() as { properties: Record<string, Property> };
  const fields = Object.entries(properties).map(([name, property]) => {
    const inner = property.anyOf?.find(({ type }) => type !== "null") ?? property;
    // The default form of a datetime has no fractions of a second.
    if (inner.format === "date-time") return { name, type: "datetime", format: dateFormat };
    if (inner.enum) return { name, type: "string", constraints: { enum: inner.enum } };
    return { name, type: inner.type ?? "string" };
  });
  return { fields, missingValues: [""], primaryKey: "cell" };
}
