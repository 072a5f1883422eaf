import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { showRun } from "../src/cli/perform/show.ts";
import { toCsv } from "../src/files/results-csv.ts";
import { deriveRows } from "../src/index.ts";
import { lineOf } from "../src/journal/events.ts";
import { appendStepSummary, formatMarkdown } from "../src/present/markdown.ts";
import { escapeMarkdown } from "../src/present/markdown-table.ts";
import { formatTable } from "../src/present/terminal/table.ts";
import { loadRun } from "../src/run/earlier-run.ts";
import { run, skippedRun, wholeRun } from "./journal-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-show-"));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = wholeRun();
const file = join(folder, "journal.jsonl");
const lines = whole.events.map(lineOf).join("");

describe("showRun", () => {
  it("prints the table that the run printed", () => {
    writeFileSync(file, lines);
    expect(showRun(folder, {})).toBe(`${formatTable(deriveRows(whole))}\n`);
  });

  it("takes a file that the run wrote for its folder", () => {
    writeFileSync(file, lines);
    const csv = join(folder, "results.csv");
    writeFileSync(csv, toCsv(deriveRows(whole)));
    expect(showRun(csv, {})).toBe(showRun(folder, {}));
    const alone = join(mkdtempSync(join(folder, "alone-")), "results.csv");
    writeFileSync(alone, toCsv(deriveRows(whole)));
    expect(() => loadRun(alone)).toThrow(/results.csv is no journal and no results.json/);
  });

  it("takes a journal that was cut in the middle of a line", () => {
    writeFileSync(file, lines);
    appendFileSync(file, '{"event":"trial","ce');
    expect(loadRun(file).rows).toEqual(deriveRows(whole));
  });

  it("says where it looked when there is no run", () => {
    expect(() => loadRun(join(folder, "none"))).toThrow(/no run to read: no .*none/);
  });

  it("names the line that is of another version", () => {
    writeFileSync(file, `${lines}{"event":"prophecy"}\n`);
    expect(() => loadRun(folder)).toThrow(`line ${whole.events.length + 1} of ${file}`);
  });
});

describe("formatMarkdown", () => {
  it("has a line for each row, and all lines of a table as many fields", () => {
    const table = formatMarkdown(deriveRows(whole), run)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    expect(table).toHaveLength(deriveRows(whole).length + 2);
    expect(new Set(table.map((line) => line.split("|").length)).size).toBe(1);
    expect(table.join("\n")).toContain(
      "| xdp native | 64 | 1 | 64 | 1 | 1 | 50 | 55 | 75 | 75 | 2.00× |",
    );
  });

  it("says the class above the table, and why a cell has no figure", () => {
    const skipped = skippedRun("no | XDP\nhere");
    const text = formatMarkdown(deriveRows(skipped), skipped.run);
    expect(text).toContain("### Class virtual · place host · clock wall, ns/frame");
    expect(text).toContain("skipped: no \\| XDP here; get it");
  });

  it("parts classes", () => {
    const rows = deriveRows(whole);
    const other = rows.map((row) => ({ ...row, class: "emulated" as const }));
    expect(formatMarkdown([...rows, ...other], run).match(/^### Class/gm)).toHaveLength(2);
  });
});

describe("escapeMarkdown", () => {
  it("leaves no markup, no line end, no mention", () => {
    const text = escapeMarkdown("a|b\n<img> @all [x](https://y) `c` **d**");
    expect(text).toBe("a\\|b &lt;img&gt; &#64;all \\[x\\](https:&#47;/y) \\`c\\` \\*\\*d\\*\\*");
  });

  it("never lets a bar or an angle bracket through", () => {
    fc.assert(
      fc.property(fc.string(), (text) => !/(?<!\\)(\\\\)*\||[<>\n]/.test(escapeMarkdown(text))),
    );
  });
});

describe("appendStepSummary", () => {
  it("adds to the summary, and does nothing without one", () => {
    const summary = join(folder, "summary.md");
    writeFileSync(summary, "before\n");
    appendStepSummary("table", summary);
    appendStepSummary("table", undefined);
    expect(readFileSync(summary, "utf8")).toBe("before\ntable\n");
  });
});
