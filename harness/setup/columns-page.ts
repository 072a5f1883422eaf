/** docs/columns.md, made of the rows' own schema: what each column of results.csv says. */
import { type ColumnKind, columnKinds } from "../src/rows/column-kinds.ts";

export function columnsPage(): string {
  const lines = columnKinds.map(
    (kind) => `| \`${kind.name}\` | ${wordsFor(kind)} | ${kind.description} |`,
  );
  return `# The columns of results.csv

One line per cell, in this order; new columns may come between them, and none changes its meaning.
An empty field means "not measured". Numbers have a point and no grouping, whatever the locale; text
that a spreadsheet would take for a formula begins with an apostrophe. The same as JSON Schema:
[row.schema.json](../results/schema/row.schema.json).

No name of a path, a variant or a machine is one that readers take for a missing value. Files up to
version 0.1.0 have \`null\` for \`tester-only\`, \`none\` for its variant, and \`null\` and
\`null-huge\` for \`net-null\` and \`net-null-huge\` of DPDK's path: iopath reads both, and pandas
needs \`keep_default_na=False, na_values=[""]\` for those files.

| column | holds | which says |
|---|---|---|
${lines.join("\n")}

This page is written by \`npm run schema\`, and a test holds it equal to the code.
`;
}

function wordsFor({ holds, words, nullable }: ColumnKind): string {
  const allowed = words?.map((word) => (word === "" ? "empty" : `\`${word}\``)).join(", ");
  const text = allowed ?? kinds[holds];
  return nullable ? `${text}, or empty` : text;
}

const kinds: Record<ColumnKind["holds"], string> = {
  integer: "whole number",
  number: "number",
  text: "text",
  "date-time": "date and time",
};
