import { readFileSync } from "node:fs";
import { rowJsonSchema } from "@iopath/harness";
import { expect, it } from "vitest";

it("the published JSON Schema is that of the rows (npm run schema writes it)", () => {
  const file = new URL("../results/schema/row.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(rowJsonSchema());
});
