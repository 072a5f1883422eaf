/** Writes the JSON Schema of the rows; a test holds it equal to the code. */
import { writeFileSync } from "node:fs";
import { rowJsonSchema } from "../src/row.ts";

const file = new URL("../../results/schema/row.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(rowJsonSchema(), null, 2)}\n`);
