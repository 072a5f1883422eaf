import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deriveRows } from "../../src/index.ts";
import { Outcomes } from "../../src/journal/outcomes.ts";
import type { SingleStep } from "../../src/journal/step.ts";
import { kindOf } from "../../src/journal/step.ts";
import { bar, progressBar } from "../../src/present/terminal/bar.ts";
import { showProgress } from "../../src/present/terminal/progress.ts";
import { formatClock, TimeLeft } from "../../src/present/terminal/time-left.ts";
import { describeOutcome, describeStep, notesOf } from "../../src/run/step-text.ts";
import { planSteps } from "../../src/run/steps.ts";
import { measured, wholeRun } from "../journal-fixture.ts";

/** What a terminal, or a log, was sent. */
class Sink extends Writable {
  readonly isTTY: boolean;
  columns: number;
  rows: number;
  text = "";
  constructor(isTTY: boolean, [columns = 90, rows = 24]: readonly number[] = []) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }
  hasColors() {
    return false;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk;
    done();
  }
}

const sinkOf = (isTTY: boolean, size?: number[]) => {
  const sink = new Sink(isTTY, size);
  return { sink, stream: sink as unknown as NodeJS.WriteStream };
};
const eraseLine = "\u001b[2K";
const doing = {
  where: "host, round 1 of 2",
  what: "xdp/native/64B",
  soFar: "2,028 ns/frame so far",
};

afterEach(() => vi.unstubAllEnvs());

describe("progress on a terminal", () => {
  it("takes a terminal of unknown size for one of 80 columns", () => {
    const shown = [
      [0, 0],
      [80, 24],
    ].map((size) => {
      const { sink, stream } = sinkOf(true, size);
      using progress = showProgress(["a", "a"], stream);
      progress.begin("a", doing);
      return sink.text;
    });
    expect(shown[0]).toContain("2,028 ns/frame so far");
    expect(shown[0]).toBe(shown[1]);
  });

  it("moves no cursor on a terminal of type dumb", () => {
    vi.stubEnv("TERM", "dumb");
    const { sink, stream } = sinkOf(true);
    const progress = showProgress(["a"], stream);
    progress.begin("a", doing).end("2,030 ns/frame");
    progress.note("skipped");
    progress.show(() => {
      throw new Error("nobody looks");
    });
    progress[Symbol.dispose]();
    expect(sink.text).toMatch(/^1\/1 {2}0:00 left .*2,030 ns\/frame\nskipped\n$/);
  });

  it("shows the cell, its figure so far, how much is done, and the results before", () => {
    const { sink, stream } = sinkOf(true);
    using progress = showProgress(["a", "a", "a", "a"], stream);
    progress.begin("a", { ...doing, what: "xdp/tc/64B" }).end("2,174 ns/frame");
    progress.begin("a", doing);
    const shown = stripVTControlCharacters(sink.text);
    expect(shown).toContain("› xdp/native/64B  2,028 ns/frame so far");
    expect(shown).toContain("xdp/tc/64B      2,174 ns/frame");
    expect(shown).toMatch(/██████░+ {2}1\/4 {2}\d+:\d\d left {2}host, round 1 of 2/);
  });

  it("shows all steps that run side by side, each until it is done", () => {
    const { sink, stream } = sinkOf(true);
    using progress = showProgress(["a", "b", "b"], stream);
    const first = progress.begin("a", { where: "guest igb", what: "sriov-vf/vfio", soFar: "" });
    progress.begin("b", { where: "guest pvrdma", what: "pvrdma/rc-send", soFar: "" });
    const both = stripVTControlCharacters(sink.text);
    expect(both).toMatch(/› sriov-vf\/vfio\n[\s\S]*› pvrdma\/rc-send\n.*guest igb; guest pvrdma/);
    first.end("13,214 instructions/frame");
    progress.begin("b", doing);
    const later = stripVTControlCharacters(sink.text).slice(both.length);
    expect(later).toMatch(/^ {2}sriov-vf\/vfio +13,214 instructions/m);
    expect(later).toMatch(/ 1\/3 .* guest pvrdma; host, round 1 of 2/);
  });

  it("shows the speed-ups that are known, as far as there is room", () => {
    const rows = deriveRows(wholeRun()).map((row) => ({ ...row, turns: 100 }));
    const shownAt = (lines: number) => {
      const { sink, stream } = sinkOf(true, [100, lines]);
      using progress = showProgress(["a"], stream);
      progress.show(() => rows);
      progress.begin("a", doing);
      return stripVTControlCharacters(sink.text);
    };
    expect(shownAt(24)).toMatch(/xdp native +2\.00×[\s\S]*› xdp\/native\/64B/);
    expect(shownAt(6)).toMatch(/more lines\n› xdp\/native\/64B/);
  });

  it("shows what came of the latest steps only where the table leaves room", () => {
    const rows = deriveRows(wholeRun()).map((row) => ({ ...row, turns: 100 }));
    const shownAt = (lines: number) => {
      const { sink, stream } = sinkOf(true, [100, lines]);
      using progress = showProgress(["a", "a", "a", "a"], stream);
      for (const name of ["first", "second", "third"]) {
        progress.begin("a", { ...doing, what: name }).end("came");
      }
      progress.show(() => rows);
      const before = sink.text.length;
      progress.begin("a", doing);
      return stripVTControlCharacters(sink.text.slice(before));
    };
    expect(shownAt(24)).toMatch(/xdp native[\s\S]*first +came[\s\S]*third +came[\s\S]*›/);
    const tight = shownAt(8); // four lines of a table, one of a step, two beside: one is left
    expect(tight).toMatch(/xdp native[\s\S]*third +came[\s\S]*›/);
    expect(tight).not.toMatch(/second|more lines/);
  });

  it("keeps a note, and removes the rest at the end", () => {
    const { sink, stream } = sinkOf(true);
    const progress = showProgress(["a"], stream);
    progress.begin("a", doing);
    progress.note("skipped xdp/af-xdp: no driver\nget one");
    progress[Symbol.dispose]();
    expect(sink.text).toContain("skipped xdp/af-xdp: no driver\nget one\n");
    expect(sink.text.slice(sink.text.lastIndexOf("host"))).toContain(eraseLine);
  });

  it("has no line wider than the terminal", () => {
    const { sink, stream } = sinkOf(true);
    using progress = showProgress(["a"], stream);
    progress.begin("a", { where: "w".repeat(200), what: "x".repeat(200), soFar: "y".repeat(200) });
    for (const line of stripVTControlCharacters(sink.text).split("\n")) {
      expect(line.length).toBeLessThanOrEqual(sink.columns);
    }
  });
});

describe("progress in a log", () => {
  it("is a line per tenth of the run, without control sequences", () => {
    const { sink, stream } = sinkOf(false);
    using progress = showProgress(
      Array.from({ length: 100 }, () => "a"),
      stream,
    );
    for (let i = 0; i < 100; i++) {
      progress.begin("a", doing).end("2,028 ns/frame");
    }
    const lines = sink.text.trimEnd().split("\n");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(
      /^10\/100 {2}0:00 left {2}host, round 1 of 2: xdp\/native\/64B {2}2,028/,
    );
    expect(sink.text).not.toContain("\u001b");
  });
});

describe("the time left", () => {
  it("is estimated from steps of the same kind, or from all where there was none", () => {
    const time = new TimeLeft(["probe", "trial", "trial", "guest", "trial"]);
    expect(time.leftMs(0)).toBeUndefined();
    time.end(time.begin("probe", 0), 100);
    time.end(time.begin("trial", 100), 1100);
    time.begin("trial", 1100);
    expect(time.leftMs(1100)).toBe(1000 + 550 + 1000);
    expect(time.leftMs(1500)).toBe(600 + 550 + 1000);
    expect(time.leftMs(9000)).toBe(550 + 1000);
    expect(time.done).toBe(2);
  });

  it("is shorter when steps go on side by side", () => {
    const time = new TimeLeft(["trial", "trial", "trial", "trial"]);
    time.end(time.begin("trial", 0), 1000);
    time.begin("trial", 1000);
    time.begin("trial", 1000);
    expect(time.leftMs(1000)).toBe((1000 + 1000 + 1000) / 2);
  });

  it("is written as minutes and seconds", () => {
    expect([0, 59_600, 125_000, 3_600_000].map(formatClock)).toEqual([
      "0:00",
      "1:00",
      "2:05",
      "60:00",
    ]);
  });
});

describe("a step in words", () => {
  const whole = wholeRun();
  const { config } = whole.run;
  const [section] = config as [(typeof config)[0]];
  const none = new Outcomes([]);
  const { cells, steps } = planSteps({ run: whole.run, outcomes: none }, 24)[0]!;

  it("says where, which round, and the figure of the round before", () => {
    const cell = cells.find(({ path }) => path === "xdp")!;
    const trial = { kind: "trial", cell, round: 1 } as const;
    expect(describeStep(trial, section, new Outcomes(whole.events))).toMatchObject({
      where: "host, round 2 of 2",
      what: "xdp/native/64B/burst64/flows1/window1",
      soFar: expect.stringMatching(/^last 55 ns\/frame, p10 51, p90 71$/),
    });
    expect(describeStep(trial, section, none).soFar).toBe("");
  });

  it("says its result, or why there is no figure", () => {
    const verify = steps.find((step): step is SingleStep => step.kind === "verify")!;
    const failed = { status: "failed", reason: "x" } as const;
    const skipped = { status: "skipped", missing: "no driver", remedy: "" } as const;
    expect(describeOutcome(failed, section)).toBe("failed");
    expect(describeOutcome(skipped, section)).toBe("skipped");
    expect(describeOutcome(measured([50, 55, 75]), section)).toMatch(/^55 ns\/frame, p10 51/);
    expect(notesOf(verify, failed, none)[0]).toMatch(
      /^failed kernel-sockets\/packet-mmsg\/64B.*: x$/,
    );
    expect(notesOf(verify, skipped, none)[0]).toMatch(/^skipped kernel-sockets\/.*: no driver$/);
    expect(notesOf(verify, measured([1]), none)).toEqual([]);
    expect(new Set(steps.map(kindOf))).toEqual(new Set(["verify 0", "launch 0"]));
  });
});

describe("a bar", () => {
  it("is as long as its part, to an eighth of a character, and shows what is above nothing", () => {
    expect(bar(1, 4)).toBe("████");
    expect(bar(0.5, 3)).toBe("█▌");
    expect(bar(0.001, 4)).toBe("▏");
    expect(bar(0, 4)).toBe("");
    expect(progressBar(0.25, 8)).toBe("██░░░░░░");
  });
});
