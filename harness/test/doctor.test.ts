import { describe, expect, it } from "vitest";
import { cpuFinding } from "../src/cli/perform/doctor.ts";
import { notesOnCpus, notesOnRevision } from "../src/environment/environment-notes.ts";

describe("what limits the CPUs of a run", () => {
  it("is reported by doctor", () => {
    const free = cpuFinding(undefined);
    expect(free).toMatchObject({ ok: true, detail: expect.stringContaining("without a quota") });
    const held = cpuFinding(0.2);
    expect(held.ok).toBe(false);
    expect(held.detail).toContain("leaves it 0.2 CPUs of time");
    expect(held.remedy).toContain("without a CPU quota");
  });

  it("is reported in the run's notes, and only where it happens", () => {
    const all = { cpusOnline: "0-3", cpusAllowed: "0-3", cpuQuota: null };
    expect(notesOnCpus(all)).toEqual([]);
    const [quota, set] = notesOnCpus({ ...all, cpusAllowed: "1-2", cpuQuota: 0.2 });
    expect(quota).toContain("leaves this run 0.2 CPUs of time");
    expect(set).toBe("This run might use CPUs 1-2 of 0-3.");
  });

  it("is reported for one CPU, whether the machine has more or not", () => {
    const one = { cpusOnline: "0", cpusAllowed: "0", cpuQuota: null };
    expect(notesOnCpus(one)).toEqual([expect.stringContaining("This run has one CPU")]);
    expect(notesOnCpus({ ...one, cpusOnline: "0-3" })).toHaveLength(2);
  });
});

describe("notes on the revision", () => {
  it("say that it is unknown, with the reason, or that files differed", () => {
    const unknown = { revision: "unknown", revisionDirty: "unknown" as const };
    expect(notesOnRevision({ ...unknown, revisionProblem: "no git" })).toEqual([
      "The revision of iopath's files is not known (no git).",
    ]);
    const known = { revision: "abc", revisionProblem: "" };
    expect(notesOnRevision({ ...known, revisionDirty: true })).toHaveLength(1);
    expect(notesOnRevision({ ...known, revisionDirty: false })).toEqual([]);
  });
});
