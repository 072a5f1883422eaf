/**
 * Runs that were cut: by a signal, by a full disk, by a fault; and what going on with them gives.
 */
import fs, { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadRun } from "../../src/run/earlier-run.ts";
import { msPerOrder } from "./fake-machine.ts";
import { hostConfig as config, type FakeRun, newFolder, runFake } from "./fake-runs.ts";

let whole: FakeRun;
beforeAll(async () => {
  whole = await runFake(config);
});

/** Aborts as the order of this index is made. */
function abortAt(index: number, reason: unknown) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    answer: (order: { readonly index: number }) => {
      if (order.index === index) controller.abort(reason);
      return undefined;
    },
  };
}

/** The orders of verify passes, and behind them those of launches of five cells each. */
function stepsBefore(index: number): number {
  return index < verified ? index : index - ((index - verified) % cellsAtOnce);
}

const verified = 4;
const cellsAtOnce = 5;

const files = ["journal.jsonl", "results.csv", "samples.csv", "metrics.txt", "report.html"];

/** But for the time, of which a run that was cut takes more. */
const timeless = (text: string) =>
  text.replaceAll(/\{"event":"spent".*\n|<dt>time<\/dt><dd>.*?<\/dd>/g, "");

function expectSameFiles(resumed: FakeRun): void {
  for (const name of files) {
    expect(timeless(resumed.read(name)), name).toBe(timeless(whole.read(name)));
  }
}

describe("a run that is interrupted", () => {
  it.each([0, 3, 5, 12])(
    "at order %i says so in its rows, and goes on to the same files",
    async (index) => {
      const folder = newFolder();
      const cut = runFake(config, { folder, ...abortAt(index, new Error("SIGINT")) });
      await expect(cut).rejects.toThrow("SIGINT");
      const rows = readFileSync(join(folder, "results.csv"), "utf8");
      expect(rows).toMatch(/,incomplete,\d of 2 trials were made before the run was cut,/);
      const journal = timeless(readFileSync(join(folder, "journal.jsonl"), "utf8"));
      // A launch is journaled when it is over: of that which was cut, nothing.
      expect(journal.trimEnd().split("\n")).toHaveLength(1 + stepsBefore(index));
      const resumed = await runFake(config, { folder, resume: true });
      expectSameFiles(resumed);
    },
  );

  it("after a launch of each cell has rows that say how wide their intervals are", async () => {
    const folder = newFolder();
    const cut = runFake(config, { folder, ...abortAt(17, new Error("SIGINT")) });
    await expect(cut).rejects.toThrow("SIGINT");
    const { rows } = loadRun(folder);
    expect(rows.map(({ status, width_goal }) => `${status} ${width_goal}`)).toEqual(
      rows.map(() => "measured missed"),
    );
    const resumed = await runFake(config, { folder, resume: true });
    expectSameFiles(resumed);
  });

  it("in the middle of writing a launch makes it again for the cells that lack it", async () => {
    const folder = newFolder();
    const lines = whole.read("journal.jsonl").split("\n");
    mkdirSync(folder);
    writeFileSync(join(folder, "journal.jsonl"), `${lines.slice(0, 1 + 4 + 5 + 2).join("\n")}\n`);
    const resumed = await runFake(config, { folder, resume: true });
    expect(resumed.orders.slice(0, 3).map(({ path }) => path)).toEqual([
      ...["xdp", "xdp", "userspace-pmd"],
    ]);
    expectSameFiles(resumed);
  });

  it("goes on behind a last line that was cut off", async () => {
    const folder = newFolder();
    const journal = whole.read("journal.jsonl");
    mkdirSync(folder);
    writeFileSync(join(folder, "journal.jsonl"), journal.slice(0, journal.length - 40));
    const resumed = await runFake(config, { folder, resume: true });
    expectSameFiles(resumed);
  });

  it("repeats no trial, and asks for the config that it began with", async () => {
    const folder = newFolder();
    await expect(runFake(config, { folder, ...abortAt(10, "cut") })).rejects.toBe("cut");
    const other = { ...config, paths: { xdp: ["native"] } };
    const resumed = await runFake(other, { folder, resume: true });
    expect(resumed.orders.map(({ role }) => role)).toHaveLength(
      whole.orders.length - stepsBefore(10),
    );
    expect(resumed.rows).toEqual(whole.rows);
  });
});

it("says what its time went into, that before it was cut as well", async () => {
  const folder = newFolder();
  const cut = runFake(config, { folder, ...abortAt(12, new Error("SIGINT")) });
  await expect(cut).rejects.toThrow("SIGINT");
  const resumed = await runFake(config, { folder, resume: true });
  const spentBy = ({ read }: FakeRun) =>
    Array.from(read("journal.jsonl").matchAll(/\{"event":"spent".*/g), ([line]) =>
      JSON.parse(line),
    );
  expect(spentBy(whole)).toEqual([
    {
      ...{ event: "spent", totalMs: 24 * msPerOrder, verifyingMs: 4 * msPerOrder },
      ...{ openingMs: 10 * msPerOrder, slicesMs: 10 * msPerOrder, trialsMs: 0, guestsMs: 0 },
    },
  ]);
  expect(spentBy(resumed)).toHaveLength(2);
  expect(whole.read("report.html")).toContain(
    "<dd>0:24, of which 42 % slices, 42 % starting, opening and warming up, 17 % verifying, 0 % the harness itself</dd>",
  );
  // The launch that was cut is in it: four orders more.
  expect(resumed.read("report.html")).toMatch(
    /<dt>time<\/dt><dd>0:28, of which .* the harness itself</,
  );
});

describe("a run on a disk that is full", () => {
  const { writeSync } = fs;
  afterEach(() => {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  });

  it("ends with status 6 when its journal can't be begun", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    symlinkSync("/dev/full", join(folder, "journal.jsonl"));
    await expect(runFake(config, { folder })).rejects.toMatchObject({
      exitStatus: ExitStatus.output,
      message: expect.stringContaining("ENOSPC, no space left on device"),
    });
  });

  it("keeps whole lines when the disk becomes full, and goes on to the same files", async () => {
    const folder = newFolder();
    let lines = 0;
    fs.writeSync = ((fd: number, bytes: Uint8Array, ...where: number[]) => {
      const isJournal = readlinkSync(`/proc/self/fd/${fd}`).endsWith("journal.jsonl");
      if (!isJournal || lines++ < 9) return writeSync(fd, bytes, ...where);
      if (lines === 10) return writeSync(fd, bytes.subarray(0, 7), ...where);
      throw Object.assign(new Error("write"), { code: "ENOSPC", errno: -28 });
    }) as typeof writeSync;
    syncBuiltinESMExports();
    await expect(runFake(config, { folder })).rejects.toMatchObject({
      exitStatus: ExitStatus.output,
    });
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
    const journal = readFileSync(join(folder, "journal.jsonl"), "utf8");
    expect(journal.split("\n")).toHaveLength(9 + 1); // of the time it took there is no room
    const resumed = await runFake(config, { folder, resume: true });
    expectSameFiles(resumed);
  });
});

describe("a run whose place has a fault", () => {
  it("ends with the fault, its rows written", async () => {
    const folder = newFolder();
    const answer = ({ index }: { index: number }) => {
      if (index === 7) throw new TypeError("a fault of ours");
      return undefined;
    };
    await expect(runFake(config, { folder, answer })).rejects.toThrow(TypeError);
    expect(readFileSync(join(folder, "results.csv"), "utf8")).toContain(",incomplete,");
  });

  it("ends with the reason when none of its places is available", async () => {
    const refusal = () => new Error("no root");
    await expect(runFake(config, { refusal })).rejects.toThrow("no root");
  });
});
