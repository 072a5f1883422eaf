import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expandMatrix } from "../../src/index.ts";
import { lineOf } from "../../src/journal/events.ts";
import { measured, run } from "../journal-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-memory-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = resolve(import.meta.dirname, "../../src/files/samples-csv.ts");
const samplesOfTrial = 5000;

/**
 * Writes the samples of so many trials in a process of its own: its largest resident size, in MiB.
 * By proc(5), since that of getrusage(2) counts what its parent had when it was forked.
 */
function residentOf(trials: number): number {
  const [journal, csv] = ["journal.jsonl", "samples.csv"].map((name) => join(folder, name));
  const samplesNs = Array.from({ length: samplesOfTrial }, (_, i) => 1000.5 + i);
  writeFileSync(journal!, lineOf(run));
  const [cell] = expandMatrix(run.config);
  for (let round = 0; round < trials; round++) {
    const event = { event: "trial" as const, cell: cell!.id, round, result: measured(samplesNs) };
    appendFileSync(journal!, lineOf(event));
  }
  const script = `
    const { readFileSync } = await import("node:fs");
    const { writeSamplesCsv } = await import(${JSON.stringify(program)});
    await writeSamplesCsv(${JSON.stringify(journal)}, ${JSON.stringify(csv)});
    console.log(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]);`;
  // A collector with little room shows what is held, not what it has not got round to.
  const room = ["--max-semi-space-size=1", "--max-old-space-size=48"];
  const flags = [...room, "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stderr).toBe("");
  const lines = readFileSync(csv!, "latin1").split("\n").length - 2; // the head, and after the last
  expect(lines).toBe(trials * samplesOfTrial);
  return Number(stdout) / 1024;
}

describe("samples.csv", () => {
  it("of a million samples takes no more memory to write than that of a tenth", () => {
    // Ten times as much text is 30 MB more.
    expect(residentOf(200) - residentOf(20)).toBeLessThan(15);
  });
});
