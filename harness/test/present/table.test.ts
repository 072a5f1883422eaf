import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paper } from "../../src/present/terminal/screen.ts";
import { formatTable } from "../../src/present/terminal/table.ts";
import { buildWideRun, manyRows } from "../run-fixture.ts";

const { rows } = buildWideRun();
const lineOf = (text: string, ...words: string[]) =>
  text.split("\n").find((line) => words.every((word) => line.includes(word)))!;

describe("the closing table", () => {
  it("separates what may not be ranked together, and says class, place, clock and unit above it", () => {
    const headings = formatTable(rows).match(/^class .* · [a-z]+\/frame, closed-loop$/gm);
    expect(headings).toEqual([
      "class virtual · place host · clock wall · ns/frame, closed-loop",
      "class emulated · place guest · machine igb · clock instructions · instructions/frame, closed-loop",
      "class emulated · place guest · machine pvrdma · clock instructions · instructions/frame, closed-loop",
    ]);
  });

  it("has a line for each row, with its figures and speed-up", () => {
    const row = rows.find(({ variant, p50 }) => variant === "af-xdp" && p50 !== null)!;
    const line = lineOf(formatTable(rows), row.path, "af-xdp", "×");
    const p50 = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format(row.p50!);
    expect(line.split(/ +/)).toContain(p50);
    expect(line.split(/ +/)).toContain(`${row.speedup_over_reference!.toFixed(2)}×`);
  });

  it("draws bars as long as the medians, to one scale in a block", () => {
    const block = formatTable(rows).split("\n\n")[1]!;
    const eighths = (line: string) =>
      [.../[█▏▎▍▌▋▊▉]+$/.exec(line)![0]].reduce((sum, cell) => sum + " ▏▎▍▌▋▊▉█".indexOf(cell), 0);
    const [few, many] = [lineOf(block, "memif"), lineOf(block, "packet-mmsg")].map(eighths);
    const wanted = 400 / 5908;
    expect(few! / many!).toBeGreaterThan(wanted * 0.8);
    expect(few! / many!).toBeLessThan(wanted * 1.2);
  });

  it.each([40, 55, 60, 72, 80, 100, 160])("fits a terminal of %i columns", (width) => {
    const isProse = (text: string) => /^(class|Bar:|Speed-up:|The null|†|Each) ?/.test(text);
    const lines = formatTable(rows, { width, color: false });
    for (const line of lines.split("\n").filter((text) => !isProse(text))) {
      expect(line.length, line).toBeLessThanOrEqual(width);
    }
    expect(lines).toMatch(/packet-mmsg .*1\.00×/);
  });

  it("is the same text with and without colours", () => {
    const width = 120;
    const coloured = formatTable(rows, { width, color: true });
    const plain = formatTable(rows, { width, color: false });
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(stripVTControlCharacters(formatTable(rows, paper))).toBe(formatTable(rows, paper));
  });

  it("says why a cell has no figure, all of it where nothing needs to fit", () => {
    expect(formatTable(rows)).toContain(
      "skipped: bind a socket of AF_XDP to port0 for zero-copy: EOPNOTSUPP; take a network card",
    );
    const narrow = lineOf(formatTable(rows, { width: 80, color: false }), "af-xdp-zero-copy");
    expect(narrow).toMatch(/skipped: bind a socket of .*…$/);
  });

  it("lets no text of the environment move the cursor or colour the terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const given = rows
          .slice(0, 9)
          .map((row) => ({ ...row, reason: text, stand_in: text, p50: null }));
        return !/[\p{Cc}\p{Cf}]/u.test(formatTable(given).replaceAll("\n", ""));
      }),
    );
    const nasty = { ...rows[0]!, variant: "\u001b[2J\u009b31mx", path: "a\u001b]0;t\u0007" };
    expect(formatTable([nasty]).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("ends a long run with each path's cheapest variant, in a block per place", () => {
    const last = formatTable(rows).split("\n\n").slice(-4);
    expect(last[0]).toMatch(/^Each path's cheapest variant/);
    expect(last[1]).toMatch(
      /^class virtual · place host · clock wall\n64 bytes · window 64 · ns\/frame/,
    );
    expect(last[1]).toMatch(/\nxdp +native +2,038 +1\.96× +█+\n/);
    expect(last[2]).toMatch(/\nsriov-vf +vfio +3,719 +2\.24× +█+$/);
    expect(last[3]).toMatch(/\npvrdma +rc +5,226 +1\.60× +█+$/);
    expect(formatTable(rows.slice(0, 10))).not.toContain("cheapest");
  });

  it("says that a run has no rows", () => {
    expect(formatTable([])).toBe("This run has no rows.");
  });

  it("is made of 10,000 rows, too", () => {
    expect(formatTable(manyRows(rows, 10_000)).split("\n").length).toBeGreaterThan(10_000);
  });
});
