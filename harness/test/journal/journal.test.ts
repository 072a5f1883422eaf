import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/environment/environment.ts";
import type { RunEvent } from "../../src/journal/events.ts";
import { Journal, readJournal } from "../../src/journal/journal.ts";
import { checkConfig } from "../../src/matrix/config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run: RunEvent = {
  event: "run",
  format: 2,
  runId: "r1",
  startedAt: "2026-11-23T12:00:00.000Z",
  config: checkConfig(
    { paths: { "tester-only": ["direct"] }, frameBytes: [64], windows: [1] },
    "test",
  ),
  grounds: [{ class: "virtual", kernel: "6.1", qemu: "", guestCommand: "" }],
  workloads: {},
  environment: readEnvironment(),
};

const probe = {
  event: "probe",
  section: 0,
  path: "xdp",
  variant: "native",
  workload: "ipv4-forward",
  result: { status: "supported" },
} as const;

describe("Journal", () => {
  it("has every event on disk as soon as it was appended", () => {
    const file = join(folder, "journal.jsonl");
    using journal = Journal.create(file, run);
    journal.append(probe);
    expect(readJournal(file).events).toEqual([run, probe]);
  });

  it("goes on behind the last whole line, wherever the file was cut", () => {
    const file = join(folder, "journal.jsonl");
    {
      using journal = Journal.create(file, run);
      journal.append(probe);
    }
    const whole = readFileSync(file, "utf8");
    const first = whole.indexOf("\n") + 1;
    for (const length of [first, first + 1, whole.length - 1]) {
      writeFileSync(file, whole.slice(0, length));
      using journal = Journal.resume(file);
      expect(journal.events).toEqual([run]);
      journal.append(probe);
      expect(readFileSync(file, "utf8")).toBe(whole);
    }
  });

  it("says so when the disk is full", () => {
    expect(() => Journal.create("/dev/full", run)).toThrow(
      "/dev/full can't be written (ENOSPC, no space left on device)",
    );
  });

  it("names what is no file, with exit status 5", () => {
    const refused = { exitStatus: 5, message: `${folder} can't be read (EISDIR)` };
    expect(() => readJournal(folder)).toThrow(expect.objectContaining(refused));
  });

  it("refuses a file that does not begin with a run", () => {
    const file = join(folder, "journal.jsonl");
    writeFileSync(file, `${JSON.stringify(probe)}\n`);
    expect(() => readJournal(file)).toThrow("does not begin with the run");
  });
});
