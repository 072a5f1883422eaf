import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { stringify } from "csv-stringify/sync";
import { afterAll, describe, expect, it } from "vitest";
import { formatBaseline } from "../src/gate/baseline.ts";
import { toBaselineRow } from "../src/gate/counted/gate-row.ts";
import { cells, row, rows } from "./gate/rows-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-matchers-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Assertion {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Runs vitest, in a process of its own, on the test file of a user. */
async function runUsersTests(): Promise<Map<string, Assertion>> {
  const before = [...rows().slice(1), row(cells.socket, 13_637.5, { node: "24.1.0" })];
  const written = before.flatMap((one) => toBaselineRow(one) ?? []);
  writeFileSync(join(folder, "baseline.csv"), formatBaseline(written));
  writeFileSync(join(folder, "results.csv"), stringify(rows(1.02), { header: true }));
  const output = join(folder, "report.json");
  const vitest = resolve(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");
  const root = resolve(import.meta.dirname, "vitest-fixture");
  const flags = ["run", "--root", root, "--reporter=json", `--outputFile=${output}`];
  const child = spawn(process.execPath, [vitest, ...flags], {
    env: { PATH: process.env.PATH, FOLDER: folder },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 150_000,
  });
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    const { testResults } = JSON.parse(readFileSync(output, "utf8"));
    const found: Assertion[] = testResults.flatMap(
      (file: { assertionResults: Assertion[] }) => file.assertionResults,
    );
    return new Map(found.map((assertion) => [assertion.title, assertion]));
  } catch {
    throw new Error(`vitest gave no report: ${out}\n${complaint}`);
  }
}

describe("toCostAtMost, in a test of a user's own", () => {
  it("passes what is within, and says why it fails the rest", async () => {
    const found = await runUsersTests();
    const passed = [...found.values()].filter(({ status }) => status === "passed");
    expect(passed.map(({ title }) => title)).toEqual([
      "as before",
      "dearer as it may",
      "dearer is not at most",
    ]);
    const why = (title: string) => found.get(title)!.failureMessages.join();
    expect(why("dearer than it may")).toMatch(
      /xdp\/native.* at most 1.00 % above its baseline: regression: 6917.64 against 6782 .*\+2.00 %/,
    );
    expect(why("above a figure")).toMatch(/regression: 4321 against 4000 instructions\/frame/);
    expect(why("elsewhere")).toMatch(/inconclusive.*another Node: 24.1.0 in the baseline, 26.10.0/);
    expect(why("nowhere")).toMatch(/there is no such cell/);
  });
});
