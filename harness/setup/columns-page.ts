/** docs/columns.md, made of the rows' own schema: what each column of results.csv says. */
import { rowJsonSchema } from "../src/rows/row.ts";

interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly anyOf?: readonly Property[];
}

export function columnsPage(): string {
  const { properties } = rowJsonSchema() as { properties: Record<string, Property> };
  const lines = Object.entries(properties).map(
    ([name, property]) => `| \`${name}\` | ${kindOf(property)} | ${property.description ?? ""} |`,
  );
  return `# The columns of results.csv

One line a cell, in this order; new columns may come between them, and none changes its meaning. An empty field is a
figure that there is none of. Numbers have a point and no grouping, whatever the locale; text that a spreadsheet would
take for a formula begins with an apostrophe. The same as JSON Schema:
[row.schema.json](../results/schema/row.schema.json).

| column | holds | which says |
|---|---|---|
${lines.join("\n")}

This page is written by \`npm run schema\`, and a test holds it equal to the code.
`;
}

function kindOf(property: Property): string {
  const nullable = property.anyOf?.some(({ type }) => type === "null") ?? false;
  const inner = property.anyOf?.find(({ type }) => type !== "null") ?? property;
  const words = inner.enum
    ? inner.enum.map((value) => (value === "" ? "empty" : `\`${value}\``)).join(", ")
    : inner.format === "date-time"
      ? "date and time"
      : (kinds[inner.type ?? ""] ?? "text");
  return nullable ? `${words}, or empty` : words;
}

const kinds: Record<string, string> = {
  integer: "whole number",
  number: "number",
  string: "text",
};
