import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "..");
const text = (name: string) => readFileSync(join(folder, name), "utf8");

it("the README's example is the listing that is tested", () => {
  const example = /```ts\n(const about[\s\S]*?)```/.exec(text("README.md"))?.[1];
  expect(example).toBeDefined();
  expect(text("listings/dns-only.ts")).toContain(example);
});
