/** What git-bisect(1) makes of the statuses of a step, in a small history of costs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const step = join(import.meta.dirname, "git-step.ts");
const limitMs = 300_000;
let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), "iopath-git-bisect-"));
});
afterEach(() => rmSync(tree, { recursive: true }));

function git(...args: string[]) {
  const who = ["-c", "user.name=me", "-c", "user.email=me@example.org"];
  const ended = spawnSync("git", [...who, ...args], { cwd: tree, encoding: "utf8" });
  return { status: ended.status, said: `${ended.stdout}${ended.stderr}` };
}

/** A commit for each cost; the first is good, the last bad. @returns what git said at the end */
function bisect(costs: readonly string[]) {
  git("init", "--quiet");
  for (const [i, cost] of costs.entries()) {
    writeFileSync(join(tree, "cost"), `${cost}\n`);
    writeFileSync(join(tree, "number"), `${i}\n`);
    git("add", "--all");
    git("commit", "--quiet", "--message", `commit ${i}`);
  }
  git("bisect", "start", "HEAD", `HEAD~${costs.length - 1}`);
  return git("bisect", "run", process.execPath, step);
}

const [good, bad] = ["6000", "6800"];

it("finds the commit by which a cell got dearer, over ten of them", { timeout: limitMs }, () => {
  const costs = Array.from({ length: 10 }, (_, i) => (i < 7 ? good : bad));
  const { said } = bisect(costs);
  expect(said).toMatch(/^[0-9a-f]{40} is the first '?bad'? commit$/m);
  expect(said).toMatch(/^ {4}commit 7$/m);
});

it("passes over those that do not build or boot", { timeout: limitMs }, () => {
  const costs = [good, good, "it does not build", "no guest boots it", good, bad, bad, bad];
  expect(bisect(costs).said).toMatch(/^ {4}commit 5$/m);
});

it("names all that it may be where what could not be told lies there", { timeout: limitMs }, () => {
  const { said } = bisect([good, good, "it does not build", bad, bad]);
  expect(said).toMatch(/only '?skip'?ped commits left/);
});

it.each([
  ["where no guest can be had", "no guest at all"],
  ["where a signal ends the step", "someone ends it"],
])("is given up %s, and takes that for no commit's", { timeout: limitMs }, (_where, cost) => {
  const { status, said } = bisect([good, good, cost, bad, bad]);
  expect(status).not.toBe(0);
  expect(said).not.toMatch(/is the first/);
});
