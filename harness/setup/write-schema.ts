/** Writes what is made of the rows' schema: its JSON form and docs/columns.md. Tests hold both equal to the code. */
import { writeFileSync } from "node:fs";
import { columnsPage } from "../src/columns-page.ts";
import { rowJsonSchema } from "../src/row.ts";

const at = (name: string) => new URL(`../../${name}`, import.meta.url);
writeFileSync(
  at("results/schema/row.schema.json"),
  `${JSON.stringify(rowJsonSchema(), null, 2)}\n`,
);
writeFileSync(at("docs/columns.md"), columnsPage());
