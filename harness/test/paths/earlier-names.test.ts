import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { pathNames, variantNames } from "../../src/cli/flags/parse.ts";
import { compareRuns } from "../../src/compare/compare.ts";
import { toResultsJson } from "../../src/files/results-json.ts";
import { loadBaseline } from "../../src/gate/baseline.ts";
import { formatHistory, readHistory } from "../../src/gate/gate-history.ts";
import { loadThresholds } from "../../src/gate/thresholds.ts";
import { deriveRows, expandMatrix } from "../../src/index.ts";
import { lineOf } from "../../src/journal/events.ts";
import { Journal } from "../../src/journal/journal.ts";
import { checkConfig } from "../../src/matrix/config.ts";
import { cellToday, namedEarlier, namedToday, pathsToday } from "../../src/paths/earlier-names.ts";
import { loadRun } from "../../src/run/earlier-run.ts";
import { wholeRun } from "../journal-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-earlier-names-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A text of today as an earlier version wrote it. */
function earlier(text: string): string {
  return text
    .replaceAll("tester-only/direct", "null/none")
    .replaceAll('"tester-only":["direct"]', '"null":["none"]')
    .replaceAll('"path":"tester-only","variant":"direct"', '"path":"null","variant":"none"')
    .replaceAll(/"path": "tester-only",\s+"variant": "direct"/g, '"path":"null","variant":"none"');
}

function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const whole = wholeRun();
const rows = deriveRows(whole);
const journal = whole.events.map(lineOf).join("");
const ofTester = rows.filter(({ path }) => path === "tester-only");

describe("an earlier name", () => {
  it.each([
    ["null/none/64B/burst64/flows1/window1", "tester-only/direct/64B/burst64/flows1/window1"],
    ["guest/igb/instructions/null/none/64B", "guest/igb/instructions/tester-only/direct/64B"],
    ["userspace-pmd/null/64B/burst64", "userspace-pmd/net-null/64B/burst64"],
    [
      "guest/igb/wall/userspace-pmd/null-huge/64B",
      "guest/igb/wall/userspace-pmd/net-null-huge/64B",
    ],
    ["null", "tester-only"],
    ["xdp/native/64B/burst64", "xdp/native/64B/burst64"],
    ["mine/null-and-void/64B", "mine/null-and-void/64B"],
  ])("in the cell %s", (cell, today) => {
    expect(cellToday(cell)).toBe(today);
    expect(cellToday(today)).toBe(today);
  });

  it("is given back to an earlier revision as it was", () => {
    for (const [path, variant] of [
      ["null", "none"],
      ["userspace-pmd", "null"],
      ["userspace-pmd", "null-huge"],
      ["userspace-pmd", "ring"],
      ["xdp", "native"],
    ] as const) {
      expect(namedEarlier(namedToday({ path, variant }))).toEqual({ path, variant });
    }
  });

  it("is one path with today's where a section has both", () => {
    const both = { null: ["none"], "tester-only": ["direct"], xdp: ["native"] };
    expect(pathsToday(both)).toEqual({ "tester-only": ["direct"], xdp: ["native"] });
  });

  it("is read in flags", () => {
    expect(pathNames("null,xdp")).toEqual(["tester-only", "xdp"]);
    const variants = ["direct", "net-null", "net-null-huge", "native"];
    expect(variantNames("none,null,null-huge,native")).toEqual(variants);
  });

  it("is read in a config", () => {
    const paths = { null: ["none"], "userspace-pmd": ["null", "null-huge", "ring"] };
    const [section] = checkConfig({ paths, frameBytes: [64], windows: [1] }, "test");
    expect(section!.paths).toEqual({
      "tester-only": ["direct"],
      "userspace-pmd": ["net-null", "net-null-huge", "ring"],
    });
  });

  it("is read in the thresholds of a gate", async () => {
    const gate = { cells: { null: 0.1, "userspace-pmd/null": 0.2, xdp: 0.3 } };
    const file = write("thresholds.mjs", `export const gate = ${JSON.stringify(gate)};`);
    const { cells } = await loadThresholds(file);
    expect(cells).toEqual({ "tester-only": 0.1, "userspace-pmd/net-null": 0.2, xdp: 0.3 });
  });
});

describe("a run of an earlier version", () => {
  it("has the rows and samples of today, from its journal", () => {
    const file = write("journal.jsonl", earlier(journal));
    expect(readFileSync(file, "utf8")).toContain("null/none");
    const loaded = loadRun(file);
    expect(loaded.rows).toEqual(rows);
    expect(loaded.samples().has(ofTester[0]!.cell)).toBe(true);
  });

  it("goes on without a trial twice", () => {
    using resumed = Journal.resume(write("cut.jsonl", earlier(journal)));
    for (const cell of expandMatrix(resumed.run.config)) {
      expect([cell.id, resumed.outcomes.latestOf(cell)?.status]).toEqual([cell.id, "measured"]);
    }
  });

  it("is compared with one of today, from its results.json and samples.csv.gz", () => {
    write("results.json", earlier(toResultsJson(whole.run, rows)));
    const samples = ofTester.map(({ cell }) => `${earlier(cell)},0,0,10\r\n`);
    write("samples.csv.gz", gzipSync(`cell,round,rank,value\r\n${samples.join("")}`));
    const before = loadRun(join(folder, "results.json"));
    expect(before.rows).toEqual(rows);
    expect([...before.samples().keys()]).toEqual(ofTester.map(({ cell }) => cell));
    const today = loadRun(write("today.jsonl", journal));
    const { cells, apart } = compareRuns([before, today]);
    expect([cells.length, apart]).toEqual([rows.length, []]);
  });

  it("that was published is read with the names of today", () => {
    const published = resolve(import.meta.dirname, "../../../results/published");
    const names = loadRun(join(published, "2026-11-25-amd-epyc-2-cpu")).rows.map(
      ({ path, variant }) => `${path}/${variant}`,
    );
    expect(names).toContain("tester-only/direct");
    expect(names).toContain("userspace-pmd/net-null-huge");
    expect(names.filter((name) => /(^|\/)(null|none)/.test(name))).toEqual([]);
  });
});

describe("a gate", () => {
  it("finds the cells of an earlier baseline", () => {
    const head = "cell,place,clock,unit,status,reason,samples,p10,kernel,qemu,guest_command";
    const of = (cell: string) => `${cell},host,wall,ns/frame,measured,,3,9.5,6.1,,`;
    const more = ",EPYC,26,0.1.0,abc,2026-11-25T00:00:00.000Z";
    const cells = ["null/none/64B", "userspace-pmd/null/64B"];
    const lines = [`${head},cpu_model,node,iopath,revision,started_at`, ...cells.map(of)];
    const file = write("baseline.csv", `${lines.join(`${more}\n`).replace(more, "")}${more}\n`);
    const found = loadBaseline(file, file).rows.map(({ cell }) => cell);
    expect(found).toEqual(["tester-only/direct/64B", "userspace-pmd/net-null/64B"]);
  });

  it("goes on with an earlier history in the same columns", () => {
    const attributes = "2026-11-25T00:00:00Z,main,abc,6.1,10.0.8,26";
    const head = "time,branch,commit,kernel,qemu,node";
    const lines = [`${head},null/none/64B,xdp/native/64B`, `${attributes},10,20`];
    const points = readHistory(write("history.csv", `${lines.join("\n")}\n`));
    expect([...points[0]!.figures]).toEqual([
      ["tester-only/direct/64B", 10],
      ["xdp/native/64B", 20],
    ]);
    const [columns] = formatHistory([...points, ...points]).split("\n");
    expect(columns).toBe(`${head},tester-only/direct/64B,xdp/native/64B`);
  });
});
