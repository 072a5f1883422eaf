/**
 * Runs with nothing in them, files that were cut or are of another version: every output, every
 * reader.
 */

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ExitStatus } from "@iopath/contract";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { showRun } from "../../src/cli/perform/show.ts";
import { compareRuns } from "../../src/compare/compare.ts";
import { comparisonPage } from "../../src/compare/page.ts";
import { formatComparison } from "../../src/compare/text.ts";
import { toCsv, toLongCsv, toWideCsv } from "../../src/files/results-csv.ts";
import { deriveRows, type Row } from "../../src/index.ts";
import type { JournalEvent, RunEvent } from "../../src/journal/events.ts";
import { lineOf, storedRun } from "../../src/journal/events.ts";
import { publishRun } from "../../src/publish/publish.ts";
import { loadRun } from "../../src/run/earlier-run.ts";
import { writeResults } from "../../src/run/write-results.ts";
import { run, skippedRun, wholeRun } from "../journal-fixture.ts";
import { embedded, parsePage } from "../parse-page.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-damaged-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly run: RunEvent;
  readonly events: JournalEvent[];
}

async function write(name: string, made: Made): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "journal.jsonl"), made.events.map(lineOf).join(""));
  await writeResults(place, made);
  return place;
}

const withoutRows: RunEvent = { ...run, config: [{ ...run.config[0]!, paths: {} }] };
const empty: [string, Made, number, RegExp][] = [
  ["no rows", { run: withoutRows, events: [withoutRows] }, 0, /This run has no rows/],
  ["only skipped cells", skippedRun("no XDP here"), 4, /skipped: no XDP here/],
  ["been cut before its first cell", { run, events: [run] }, 12, /incomplete: 0 of 2 trials/],
];

describe.each(empty)("a run that has %s", (what, made, rows, words) => {
  let place = "";
  const read = (name: string) => readFileSync(join(place, name), "utf8");
  beforeAll(async () => {
    place = await write(what, made);
  });

  it("has a page that says so", () => {
    const text = parsePage(read("report.html")).querySelector("main")!.textContent!;
    expect(text).toMatch(rows === 0 ? words : /No cell of this run was measured to its end/);
    expect(embedded(read("report.html")).rows).toHaveLength(rows);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("has tables of as many lines as it has rows, with all their columns", () => {
    expect(parse(read("results.csv"), { columns: true })).toHaveLength(rows);
    // trials, samples
    expect(parse(read("results-long.csv"), { columns: true })).toHaveLength(rows * 2);
    expect(parse(read("results-wide.csv"), { columns: true })).toHaveLength(rows === 0 ? 0 : 4);
    expect(parse(read("samples.csv"), { columns: true })).toEqual([]);
    expect(read("results.csv")).toMatch(/^run_id,cell,path,/);
  });

  it("has JSON that is valid by its schemas", async () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../../results/schema/results.schema.json", import.meta.url), "utf8"),
    ) as object;
    const ajv = new Ajv2020({ strict: false });
    ajv.addFormat("date-time", true);
    const isValid = ajv.compile(schema);
    expect(isValid(JSON.parse(read("results.json"))), JSON.stringify(isValid.errors)).toBe(true);
    expect(JSON.parse(read("bencher.json"))).toEqual({});
    expect(JSON.parse(read("action-benchmark.json"))).toEqual([]);
    const { Package } = createRequire(import.meta.url)("datapackage") as {
      Package: { load(file: string): Promise<{ valid: boolean; errors: Error[] }> };
    };
    const { valid, errors } = await Package.load(join(place, "datapackage.json"));
    expect(errors.map(String)).toEqual([]);
    expect(valid).toBe(true);
  });

  it("has metrics and a histogram log that end where they should", () => {
    expect(read("metrics.txt")).toMatch(/# EOF\n$/);
    expect(new HistogramLogReader(read("samples.hlog")).nextIntervalHistogram()).toBeNull();
  });

  it("is shown, and compared with another, in words", () => {
    expect(showRun(place, {})).toMatch(words);
    expect(showRun(place, { markdown: true })).toMatch(rows === 0 ? words : /skipped|incomplete/);
    const whole = wholeRun();
    const other = {
      run: storedRun(whole.run),
      rows: deriveRows(whole),
      samples: () => new Map(),
      notes: [],
    };
    const comparison = compareRuns([loadRun(place), other]);
    expect(comparison.cells).toEqual([]);
    expect(formatComparison(comparison)).toMatch(/no cell/i);
    expect(comparisonPage(comparison)).toMatch(/no cell/i);
  });

  it("is refused by publish", async () => {
    const allowed = { dirty: true, unverified: false, width: 0.1 };
    const options = { to: join(folder, "published"), author: "A", host: "h", allowed };
    await expect(publishRun(place, options)).rejects.toMatchObject({
      exitStatus: ExitStatus.refused,
    });
  });
});

describe("results.json without its journal", () => {
  let text = "";
  beforeAll(async () => {
    text = readFileSync(join(await write("whole", wholeRun()), "results.json"), "utf8");
  });
  const given = (name: string, content: string) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, content);
    return file;
  };
  const rowsChanged = (change: (row: Record<string, unknown>) => object) => {
    const found = JSON.parse(text) as { rows: Record<string, unknown>[] };
    return JSON.stringify({ ...found, rows: found.rows.map(change) });
  };

  it("of a newer version: its columns are named, and its rows are read", () => {
    const file = given(
      "newer",
      rowsChanged((row) => ({ ...row, joules_per_frame: 1 })),
    );
    expect(showRun(file, {})).toMatch(/note: .*newer.json has joules_per_frame, left out here/);
    expect(loadRun(file).rows).toEqual(deriveRows(wholeRun()));
  });

  it("of an older version: what it lacks is named, and its rows are read", () => {
    const file = given(
      "older",
      rowsChanged(({ workers: _workers, machine: _machine, ...row }) => row),
    );
    expect(showRun(file, {})).toMatch(
      /note: .*older.json has no machine, workers: an older version/,
    );
  });

  it("of a version before a text column came: its rows have nothing in it", () => {
    const file = given(
      "no-calls",
      rowsChanged(({ calls: _calls, ...row }) => row),
    );
    expect(new Set(loadRun(file).rows.map(({ calls }) => calls))).toEqual(new Set([""]));
  });

  it("of an unknown format: is refused by its name", () => {
    const file = given("format", text.replace(/"iopath-results-\d+"/, '"iopath-outcomes-9"'));
    expect(() => loadRun(file)).toThrow(/format.json is no results.json of iopath: format: /);
  });

  it.each([
    ["a figure that is text", { p50: "NaN" }, /row 1 of .* can't be read: p50: /],
    ["a figure below nothing", { p10: -1 }, /row 1 of .* can't be read: p10: /],
    ["an unknown status", { status: "guessed" }, /row 1 of .* can't be read: status: /],
  ])("with %s: the row and the field are named", (what, change, message) => {
    const file = given(
      what,
      rowsChanged((row) => ({ ...row, ...change })),
    );
    expect(() => loadRun(file)).toThrow(message);
  });

  it("with NaN, which is no JSON, or cut wherever: says that it was cut or changed", () => {
    const cuts = [text.length - 3, text.length >> 1, 1, 0].map((end) => text.slice(0, end));
    for (const content of [...cuts, text.replace(/"p50": \d+/, '"p50": NaN')]) {
      expect(() => loadRun(given("cut", content))).toThrow(
        /is no whole JSON text: it was cut or changed/,
      );
    }
  });

  it("of two runs: both are named", () => {
    const found = JSON.parse(text) as { rows: { run_id: string }[] };
    found.rows[5]!.run_id = "r2";
    const file = given("two", JSON.stringify(found));
    expect(() => loadRun(file)).toThrow(/holds rows of two runs: r1 and r2/);
  });

  it("with samples that were cut: says which file", () => {
    const place = join(folder, "cut-samples");
    mkdirSync(place);
    writeFileSync(join(place, "results.json"), text);
    const samples = gzipSync("cell,round,rank,value\r\nx,0,0,1\r\n".repeat(500));
    writeFileSync(join(place, "samples.csv.gz"), samples.subarray(0, samples.length >> 1));
    expect(() => loadRun(place).samples()).toThrow(/samples.csv.gz was cut or changed/);
  });
});

describe("two runs in one folder", () => {
  it("the journal is read, and the other's files are reported", async () => {
    const place = await write("two-runs", wholeRun());
    const other = skippedRun("no XDP here");
    const events = [{ ...other.run, runId: "r2" }, ...other.events.slice(1)];
    writeFileSync(join(place, "journal.jsonl"), events.map(lineOf).join(""));
    expect(showRun(place, {})).toMatch(/files of two runs: this is r2, .*results.json is of r1/);
  });

  it("one journal of both is refused, with the line where the second begins", async () => {
    const place = await write("two-in-one", wholeRun());
    const file = join(place, "journal.jsonl");
    const count = readFileSync(file, "utf8").split("\n").length;
    appendFileSync(file, lineOf({ ...run, runId: "r2" }));
    expect(() => loadRun(place)).toThrow(`holds two runs: line ${count} begins another`);
  });
});

describe("text of the environment in CSV", () => {
  const [row] = deriveRows(wholeRun()) as [Row];
  const formula = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
  const texts = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom("=", "+", "-", "@", "\t", "\r", "＝"), fc.string())
      .map((t) => t.join("")),
  );

  it("is no formula in a spreadsheet, and stays in its field whatever it is", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const given: Row = {
          ...row,
          variant: text || "x",
          reason: text,
          kernel: text,
          cell: text || "x",
        };
        const [fields] = parse(toCsv([given]), { columns: true }) as [Record<string, string>];
        expect(fields.reason!.replace(/^'/, "")).toBe(text.replace(/^'/, ""));
        for (const csv of [toCsv([given]), toLongCsv([given]), toWideCsv([given])]) {
          const table = parse(csv) as string[][];
          expect(new Set(table.map(({ length }) => length)).size).toBe(1);
          for (const field of table.flat()) {
            if (Number.isNaN(Number(field))) expect(field).not.toMatch(formula);
          }
        }
      }),
    );
  });
});
