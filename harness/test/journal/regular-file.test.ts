import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Journal } from "../../src/journal/journal.ts";
import { loadJournal, loadRun } from "../../src/run/earlier-run.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-pipes-"));
const pipeAt = (...place: string[]) => {
  const file = join(folder, ...place);
  execFileSync("mkfifo", [file]);
  return file;
};
beforeAll(() => {
  for (const name of ["journal", "results"]) mkdirSync(join(folder, name));
  pipeAt("journal", "journal.jsonl");
  pipeAt("results", "results.json");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a pipe without a writer is refused, and not waited for,", () => {
  const refused = expect.objectContaining({
    exitStatus: ExitStatus.input,
    message: expect.stringContaining("is a pipe or a device"),
  });

  it.each([
    ["as a run", () => loadRun(pipeAt("run"))],
    ["as a run whose samples are wanted", () => loadJournal(pipeAt("samples"))],
    ["as the journal of a folder", () => loadRun(join(folder, "journal"))],
    ["as the results of a folder", () => loadRun(join(folder, "results"))],
    ["to go on with", () => Journal.resume(join(folder, "journal", "journal.jsonl"))],
  ])("%s", (_what, read) => {
    expect(read).toThrow(refused);
  });

  it("and so is a device", () => {
    expect(() => loadRun("/dev/zero")).toThrow(refused);
  });
});
