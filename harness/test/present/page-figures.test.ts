import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { buildReport } from "../../src/present/page/page.ts";
import { collectSamples, histogram } from "../../src/rows/samples.ts";
import { run, wholeRun } from "../journal-fixture.ts";
import { embedded, parsePage } from "../parse-page.ts";

const whole = wholeRun();
const rows = deriveRows(whole);
const report = buildReport(whole, rows);

describe("the figures", () => {
  it("are drawn without NaN in any coordinate", () => {
    for (const { standalone } of report.figures) expect(standalone).not.toMatch(/NaN|undefined/);
  });

  it("stand on their own: name space, title, description and colours inside", () => {
    for (const { standalone } of report.figures) {
      expect(standalone).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      const document = parsePage(standalone);
      expect(document.querySelector("title")!.textContent).toContain("virtual");
      expect(document.querySelector("desc")!.textContent).toMatch(/xdp native|packet-mmsg/);
      for (const [, name] of standalone.matchAll(/var\((--[\w-]+)\)/g)) {
        expect(standalone).toContain(`${name}:`);
      }
    }
  });

  it("are drawn in the unit of the rows where a clock counts instructions", () => {
    const place = { kind: "guest", machine: "igb", clock: "instructions" } as const;
    const counting = { ...run, config: [{ ...run.config[0]!, place }] };
    const events = whole.events.map((event) =>
      "cell" in event ? { ...event, cell: `guest/igb/instructions/${event.cell}` } : event,
    );
    const journal = { run: counting, events };
    const [row] = deriveRows(journal);
    const samples = collectSamples(journal).get(row!.cell)!.flat();
    expect(row!.unit).toBe("instructions/frame");
    expect(samples).toContain(row!.p50);
  });

  it("count each sample in its bin, and those outside in none", () => {
    const bins = { low: 1, high: 100, count: 2 };
    expect(
      histogram(
        [
          [0.5, 1, 9],
          [11, 200],
        ],
        bins,
      ),
    ).toEqual([0.4, 0.2]);
  });
});

describe("intervals", () => {
  const svgOf = (low: number, high: number) => {
    const given = rows.map((row) => ({ ...row, p50_low: low, p50_high: high }) as Row);
    const { figures } = buildReport(whole, given);
    return parsePage(figures.find(({ file }) => file.startsWith("cost-"))!.standalone);
  };
  /** The ends of lines, and the caps, by where they are on the axis. */
  const whiskersIn = (document: ReturnType<typeof svgOf>) => {
    const drawn = [...document.querySelectorAll('[stroke="var(--ink)"] line')];
    const at = (line: (typeof drawn)[number], name: string) => Number(line.getAttribute(name));
    const isCap = (line: (typeof drawn)[number]) => at(line, "x1") === at(line, "x2");
    const lines = drawn.filter((line) => !isCap(line));
    return {
      caps: drawn.filter(isCap).length,
      lasts: lines.map((line) => Math.max(at(line, "x1"), at(line, "x2"))),
    };
  };

  it("end with the axis where they go beyond it, without a cap", () => {
    const document = svgOf(1e-3, 1e6);
    const [inside, beyond] = [whiskersIn(svgOf(20, 60)), whiskersIn(document)];
    expect(inside.caps).toBe(2 * inside.lasts.length);
    expect(beyond.caps).toBe(beyond.lasts.length); // those at the left
    const width = Number(document.querySelector("svg")!.getAttribute("width"));
    const numbersBegin = width - 118;
    for (const [i, last] of beyond.lasts.entries()) {
      expect(last).toBeLessThanOrEqual(numbersBegin);
      expect(last).toBeGreaterThan(inside.lasts[i]!);
    }
    expect(beyond.lasts.length).toBeGreaterThan(0);
  });
});

describe("rows that this version would not write", () => {
  const change = (more: object) => rows.map((row) => ({ ...row, ...more }) as Row);
  const textOf = (given: readonly Row[]) => {
    const { page, figures } = buildReport(whole, given);
    for (const { standalone } of figures) expect(standalone).not.toMatch(/NaN|Infinity|undefined/);
    return parsePage(page).querySelector("body")!.textContent!.replaceAll(/\s+/g, " ");
  };

  it("of a newer version: its columns stand in the table, and are named", () => {
    const given = rows.map((row, i) => ({ ...row, joules: i }));
    expect(textOf(given)).toContain("does not know stand in the table only: joules.");
    const { columns, rows: found } = embedded(buildReport(whole, given).page);
    expect(found[3]![columns.indexOf("joules")]).toBe(3);
  });

  it("of an older version: what they lack is named", () => {
    const given = rows.map(({ machine: _machine, cpu_user_us: _cpu, ...row }) => row as Row);
    expect(textOf(given)).toContain(
      "of an older version, which did not have: machine, cpu_user_us.",
    );
  });

  it("with fields that are no numbers: they are empty, and counted", () => {
    const text = textOf(change({ p10: Number.NaN, p99: "Infinity" }));
    expect(text).toContain(`${rows.length * 2} fields are no numbers and left empty.`);
    textOf(change({ p50: Number.NaN }));
  });

  it("whatever is missing or wrong in them: a page is made", () => {
    const field = fc.constantFrom(...(Object.keys(rows[0]!) as (keyof Row)[]));
    const value = fc.oneof(fc.constant(undefined), fc.double(), fc.string(), fc.constant(null));
    fc.assert(
      fc.property(field, value, (name, wrong) => textOf(change({ [name]: wrong })).length > 1000),
      { numRuns: 25 },
    );
  });
});
