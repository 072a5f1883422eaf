import { readFileSync } from "node:fs";
import { resultsJsonSchema, rowJsonSchema } from "@iopath/harness";
import { describe, expect, it } from "vitest";
import { columnsPage } from "../harness/setup/columns-page.ts";
import { openLoopJsonSchema } from "../harness/src/open-loop/report/json.ts";
import { openLoopRowSchemas } from "../harness/src/open-loop/report/row.ts";

const text = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

describe("what `npm run schema` writes", () => {
  it("is the JSON Schema of the rows", () => {
    expect(JSON.parse(text("results/schema/row.schema.json"))).toEqual(rowJsonSchema());
  });

  it("is the JSON Schema of results.json", () => {
    const published = JSON.parse(text("results/schema/results.schema.json"));
    expect(published).toEqual(resultsJsonSchema());
  });

  it("is the JSON Schema of open-loop.json", () => {
    const published = JSON.parse(text("results/schema/open-loop-results.schema.json"));
    expect(published).toEqual(openLoopJsonSchema());
  });

  it.each(Object.entries(openLoopRowSchemas))(
    "is the JSON Schema of %s.csv, whose columns all say what they hold",
    (name, schema) => {
      expect(JSON.parse(text(`results/schema/${name}.schema.json`))).toEqual(schema);
      const { properties } = schema as { properties: Record<string, { description?: string }> };
      expect(Object.keys(properties).filter((one) => !properties[one]!.description)).toEqual([]);
    },
  );

  it("is the page of the columns", () => {
    expect(text("docs/columns.md")).toBe(columnsPage());
  });
});

it("every column says what it holds", () => {
  const { properties } = rowJsonSchema() as {
    properties: Record<string, { description?: string }>;
  };
  const silent = Object.keys(properties).filter((name) => !properties[name]!.description);
  expect(silent, "columns without .describe() in harness/src/rows/row.ts").toEqual([]);
});
