/** A disk that fills up: a small file system, mounted for the test. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StepEvent } from "../../src/journal/events.ts";
import { lineOf } from "../../src/journal/events.ts";
import { Journal, readJournal } from "../../src/journal/journal.ts";
import { publishRun } from "../../src/publish/publish.ts";
import { writeResults } from "../../src/run/write-results.ts";
import { verifiedRun } from "../journal-fixture.ts";

let folder: string;
let disk: string;
let mounted = false;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-space-"));
  disk = join(folder, "disk");
  mkdirSync(disk);
});
afterEach(() => {
  if (mounted) execFileSync("umount", [disk]);
  mounted = false;
  rmSync(folder, { recursive: true });
});

function mount(kibibytes: number): void {
  const size = `size=${kibibytes}k`;
  execFileSync("mount", ["-t", "tmpfs", "-o", mounted ? `remount,${size}` : size, "tmpfs", disk]);
  mounted = true;
}

const whole = verifiedRun();
const lines = whole.events.map(lineOf).join("");

async function writeTo(testbed: string): Promise<unknown> {
  writeFileSync(join(testbed, "journal.jsonl"), lines);
  return writeResults(testbed, whole).catch((error: unknown) => error);
}

const noSpace = /can't be written \(ENOSPC, no space left on device\)/;

describe("a disk that is full", () => {
  it.each([0.2, 0.5, 0.8])(
    "with room for %f of a run's files: says so, and holds whole files alone",
    async (part) => {
      const roomy = join(folder, "roomy");
      mkdirSync(roomy);
      expect(await writeTo(roomy)).toBeUndefined();
      const { length: all } = Buffer.concat(
        readdirSync(roomy).map((name) => readFileSync(join(roomy, name))),
      );
      mount(Math.round((all * part) / 1024));
      const error = await writeTo(disk);
      expect(error).toBeInstanceOf(IopathError);
      expect(error).toMatchObject({ exitStatus: ExitStatus.output });
      expect((error as Error).message).toMatch(noSpace);
      const names = readdirSync(disk);
      expect(names.filter((name) => name.startsWith("."))).toEqual([]);
      for (const name of names) {
        expect(readFileSync(join(disk, name)).equals(readFileSync(join(roomy, name))), name).toBe(
          true,
        );
      }
    },
  );

  it("takes a whole line of the journal or none, and goes on once there is room", () => {
    mount(64);
    const file = join(disk, "journal.jsonl");
    using journal = Journal.create(file, whole.run);
    const event = whole.events[1] as StepEvent;
    let appended = 0;
    expect(() => {
      for (; appended < 10_000; appended++) journal.append(event);
    }).toThrow(noSpace);
    expect(readFileSync(file, "utf8").endsWith("\n")).toBe(true);
    expect(readJournal(file).events).toHaveLength(1 + appended);
    mount(256);
    journal.append(event);
    expect(readJournal(file).events).toHaveLength(2 + appended);
  });

  it("has no published run on it, and nothing of one", async () => {
    mount(128);
    const testbed = join(folder, "run");
    mkdirSync(testbed);
    writeFileSync(join(testbed, "journal.jsonl"), lines);
    const allowed = { dirty: false, unverified: false, width: 0.1 };
    const published = publishRun(testbed, { to: disk, author: "A", host: "h", allowed });
    await expect(published).rejects.toThrow(noSpace);
    expect(readdirSync(disk)).toEqual([]);
  });

  it("ends a run with status 6, and the run goes on once there is room", () => {
    mount(64);
    const command = resolve(import.meta.dirname, "../../bin/iopath");
    const run = (...flags: string[]) =>
      spawnSync(command, ["run", "--out", disk, ...flags], { encoding: "utf8", timeout: 300_000 });
    const cell = [
      "--place",
      "host",
      "--path",
      "tester-only",
      "--frame-bytes",
      "64",
      "--window",
      "1",
    ];
    const cut = run(...cell, "--samples", "200", "--rounds", "1");
    expect(cut.stderr).toMatch(noSpace);
    expect(cut.stderr).toMatch(/name another folder with --out, or make room/);
    expect(cut.status).toBe(ExitStatus.output);
    mount(16 * 1024);
    const resumed = run("--resume");
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(readdirSync(disk)).toContain("report.html");
  });
});
