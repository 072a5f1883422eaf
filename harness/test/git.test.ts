/** What git says, and what is no answer of its. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askGit } from "../src/environment/git.ts";
import { findRevision } from "../src/gate/paired/work-tree.ts";

let programs: string;
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), "iopath-git-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(programs, { recursive: true });
});

/** In place of git, for this test. */
function useProgram(script: string): void {
  writeFileSync(join(programs, "git"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", programs);
}

describe("git", () => {
  it("that says no has answered", () => {
    useProgram("echo 'fatal: no such thing' >&2; exit 128");
    expect(askGit(programs, ["x"])).toEqual({
      ok: false,
      why: "fatal: no such thing",
      isAnswer: true,
    });
  });

  it("that is not there made nothing", () => {
    vi.stubEnv("PATH", programs);
    expect(askGit(programs, ["x"])).toMatchObject({ ok: false, isAnswer: true });
  });

  it("that was ended has not answered, and no revision is called missing for it", () => {
    useProgram("kill -9 $$");
    expect(askGit(programs, ["x"])).toMatchObject({ ok: false, isAnswer: false });
    expect(() => findRevision("HEAD")).toThrow(/`git rev-parse .*` failed: git ended by SIGKILL/);
  });
});
