/** A revision whose answers the test gives, to try the harness on faults. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { laneProgram, type Revision, trialProgram } from "../../../src/trial/revision.ts";

/** @param programs JavaScript of the lane's program and of the trial's */
export function fakeRevision(programs: { lane?: string; trial?: string }): Revision {
  const revision = { label: "a fake", root: mkdtempSync(join(tmpdir(), "iopath-fake-")) };
  write(laneProgram(revision), programs.lane ?? "");
  write(trialProgram(revision), programs.trial ?? "");
  return revision;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
