/** A run of searches that is cut, and goes on in the middle of one. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { afterEach, describe, expect, it } from "vitest";
import { TesterLost } from "../../src/open-loop/far/far-tester.ts";
import { type OpenLoopResults, openLoopRunOf } from "../../src/open-loop/report/files.ts";
import type { Ground } from "../../src/open-loop/run/events.ts";
import { searchJournalName } from "../../src/open-loop/run/search-journal.ts";
import { cellOf, fakeMachine, fakeRun, newFolder } from "./fake-run.ts";

let folder = "";
afterEach(() => rmSync(folder, { recursive: true, force: true }));

class Cut extends Error {}

/** Cuts a run of two variants before so many trials, as a signal does. */
async function cutAt(count: number): Promise<void> {
  folder = newFolder();
  const cutting = new AbortController();
  const machine = fakeMachine({
    before: (asked) => {
      if (asked < count) return;
      cutting.abort(new Cut());
      throw new Cut();
    },
  });
  const end = fakeRun(cells, { machine, folder, signal: cutting.signal });
  await expect(end).rejects.toBeInstanceOf(Cut);
}

const cells = [cellOf({ searches: 2 }), cellOf({ variant: "native" })];
const linesOf = () => readFileSync(join(folder, searchJournalName), "utf8").split("\n");

describe("a run of searches that was cut", () => {
  it.each([0, 1, 7, 30, 76])(
    "before trial %i makes the others, and has the same rows",
    async (count) => {
      const whole = fakeMachine();
      const expected = openLoopRunOf(await fakeRun(cells, { machine: whole }));
      await cutAt(count);
      const machine = fakeMachine();
      const found = openLoopRunOf(await fakeRun([], { machine, folder, resume: true }));
      expect(found).toEqual(expected);
      // A forwarder that is opened again is warmed up by a trial that no journal has.
      const again = count === 0 ? 0 : 1;
      expect(machine.asked).toBe(whole.asked - count + again);
    },
  );

  it("makes nothing again when all of it was made", async () => {
    folder = newFolder();
    const expected = openLoopRunOf(await fakeRun(cells, { folder }));
    const machine = fakeMachine();
    const found = openLoopRunOf(await fakeRun([], { machine, folder, resume: true }));
    expect(found).toEqual(expected);
    expect(machine.opened).toBe(0);
  });

  it("forgets a last line that is no whole one", async () => {
    await cutAt(9);
    const file = join(folder, searchJournalName);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -40));
    const machine = fakeMachine();
    await fakeRun([], { machine, folder, resume: true });
    expect(
      linesOf()
        .filter((line) => line !== "")
        .every((line) => line.endsWith("}")),
    ).toBe(true);
  });

  it.each([
    ["at other rates", /"rate":(\d+)/, '"rate":1$1'],
    ["sent in another way", '"promptly":false', '"promptly":true'],
  ])(
    "refuses a journal whose trials are %s than those that it would make",
    async (_, one, other) => {
      await cutAt(20);
      const file = join(folder, searchJournalName);
      writeFileSync(file, readFileSync(file, "utf8").replace(one, other));
      const end = fakeRun([], { folder, resume: true });
      await expect(end).rejects.toMatchObject({
        exitStatus: ExitStatus.input,
        message: expect.stringContaining("other trials than this version"),
      });
    },
  );

  it("refuses to go on with other CPUs", async () => {
    await cutAt(20);
    const end = fakeRun([], { folder, resume: true, machine: fakeMachine({ cpus: [2, 3] }) });
    await expect(end).rejects.toThrow(/began with generator CPU 0.* go on with generator CPU 2/);
  });

  it("says so when the journal is missing", async () => {
    folder = newFolder();
    await expect(fakeRun([], { folder, resume: true })).rejects.toThrow("no run to go on with");
  });
});

describe("a cell that failed", () => {
  const dying = () =>
    fakeMachine({
      before: (asked, { variant }) => {
        if (variant === "af-xdp" && asked === 12) {
          throw new IopathError(ExitStatus.cellFailed, "the forwarder died");
        }
      },
    });

  it("has a row that says why, keeps its trials, and leaves the others alone", async () => {
    folder = newFolder();
    const notes: string[] = [];
    const machine = dying();
    const { rows, attempts } = await fakeRun(cells, { folder, machine, notes });
    expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
      ["failed", "the forwarder died"],
      ["measured", ""],
    ]);
    expect(notes).toEqual(["xdp/af-xdp/64B  failed: the forwarder died"]);
    expect(attempts.filter(({ of }) => of.variant === "af-xdp").length).toBeGreaterThan(0);
    expect(machine.closed).toBe(machine.opened);
  });

  it("stays as it ended when the run goes on", async () => {
    folder = newFolder();
    const expected = openLoopRunOf(await fakeRun(cells, { folder, machine: dying() }));
    const machine = fakeMachine();
    const found = openLoopRunOf(await fakeRun([], { folder, machine, resume: true }));
    expect(found).toEqual(expected);
    expect(machine.opened).toBe(0);
  });
});

it("a tester that was lost ends the run, and its search goes on where it ended", async () => {
  folder = newFolder();
  const whole = fakeMachine();
  const expected = openLoopRunOf(await fakeRun(cells, { machine: whole }));
  const losing = fakeMachine({
    before: (asked) => {
      if (asked === 12) throw new TesterLost("the tester on lab2: ssh ended with status 255");
    },
  });
  const written: OpenLoopResults[] = [];
  const write = (results: OpenLoopResults) => void written.push(results);
  const cut = fakeRun(cells, { folder, machine: losing, write });
  await expect(cut).rejects.toMatchObject({ remedy: expect.stringMatching("--resume") });
  expect(losing.closed).toBe(losing.opened);
  // Rows can be published: they do not name the machine.
  const row = { status: "failed", reason: expect.stringMatching(/^the connection to the tester/) };
  expect(written[0]!.rows).toEqual([expect.objectContaining(row)]);
  expect(linesOf().filter((line) => line.includes('"event":"ended"'))).toEqual([]);
  const machine = fakeMachine();
  const found = openLoopRunOf(await fakeRun([], { machine, folder, resume: true }));
  expect(found).toEqual(expected);
  expect(machine.asked).toBe(whole.asked - 12 + 1);
});

it("a single CPU skips a cell, with the reason", async () => {
  folder = newFolder();
  const machine = fakeMachine({ cpus: [0] });
  const { rows } = await fakeRun([cellOf()], { folder, machine });
  expect(rows[0]).toMatchObject({ status: "skipped", reason: expect.stringMatching("two CPUs") });
  expect(machine.opened).toBe(0);
});

describe("a variant that an open loop can't search", () => {
  const skipped = async (given: Parameters<typeof cellOf>[0], ground?: Ground) => {
    folder = newFolder();
    const machine = fakeMachine(ground ? { ground } : {});
    const { rows } = await fakeRun([cellOf({ path: "userspace-pmd", ...given })], {
      ...{ folder, machine },
    });
    expect(machine.opened).toBe(0);
    expect(rows[0]).toMatchObject({ status: "skipped" });
    return rows[0]!.reason;
  };

  it("is named with the reason, and with what can be searched of its path", async () => {
    const reason = await skipped({ variant: "ring" });
    expect(reason).toMatch(/the ports of userspace-pmd\/ring are one process's/);
    expect(reason).toMatch(
      /search userspace-pmd\/memif or .*, whose ports two processes share, or measure it/,
    );
  });

  it("has ports of its own where interfaces were named", async () => {
    const ground: Ground = { class: "virtual", place: "hardware", lineMbits: null, notes: [] };
    const reason = await skipped({ variant: "memif" }, ground);
    expect(reason).toMatch(/memif has ports of its own.*\n.*without --ports/s);
  });
});
