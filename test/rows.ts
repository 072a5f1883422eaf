/** The CSV of a run, read by a reader of another make. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "@iopath/harness";
import { parse } from "csv-parse/sync";

export const schemaFile = new URL("../results/schema/row.schema.json", import.meta.url);

/** With numbers where the schema wants numbers. */
export function readRows(out: string): Row[] {
  const records = parse(readFileSync(join(out, "results.csv"), "utf8"), {
    columns: true,
  }) as Record<string, string>[];
  const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as {
    properties: Record<string, object>;
  };
  const isText = (key: string) => JSON.stringify(schema.properties[key]).includes('"string"');
  return records.map((record) => {
    const entries = Object.entries(record).map(([key, value]) => {
      if (isText(key)) return [key, value];
      return [key, value === "" ? null : Number(value)];
    });
    return Object.fromEntries(entries) as Row;
  });
}
