/**
 * Writes what is made of the schemas: their JSON forms and docs/columns.md. Tests hold all equal to
 * the code.
 */
import { writeFileSync } from "node:fs";
import { resultsJsonSchema } from "../src/files/results-json.ts";
import { openLoopJsonSchema } from "../src/open-loop/report/json.ts";
import { openLoopRowSchemas } from "../src/open-loop/report/row.ts";
import { rowJsonSchema } from "../src/rows/row.ts";
import { columnsPage } from "./columns-page.ts";

const at = (name: string) => new URL(`../../${name}`, import.meta.url);
const schemas = {
  row: rowJsonSchema(),
  results: resultsJsonSchema(),
  "open-loop-results": openLoopJsonSchema(),
  ...openLoopRowSchemas,
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(at(`results/schema/${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
writeFileSync(at("docs/columns.md"), columnsPage());
