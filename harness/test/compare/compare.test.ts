import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../src/compare/compare.ts";
import { comparisonPage } from "../../src/compare/page.ts";
import { ratioOfCosts, sideOf } from "../../src/compare/ratio.ts";
import { comparisonMarkdown, formatComparison } from "../../src/compare/text.ts";
import { deriveRows, type Row } from "../../src/index.ts";
import { storedRun } from "../../src/journal/events.ts";
import { collectSamples } from "../../src/rows/samples.ts";
import type { EarlierRun } from "../../src/run/earlier-run.ts";
import { ratioInterval } from "../../src/statistics/bootstrap.ts";
import { skippedRun, wholeRun } from "../journal-fixture.ts";

function earlier(made: ReturnType<typeof wholeRun>): EarlierRun {
  return {
    run: storedRun(made.run),
    rows: deriveRows(made),
    samples: () => collectSamples(made),
    notes: [],
  };
}

const a = earlier(wholeRun());
const slower = earlier(wholeRun(2));

describe("ratioInterval", () => {
  const samples = Array.from({ length: 200 }, (_, i) => 1000 + i);

  it("is around 1 for the same samples, and around the factor for slower ones", () => {
    const same = ratioInterval([samples], [samples])!;
    expect(same.low).toBeLessThan(1);
    expect(same.high).toBeGreaterThan(1);
    const twice = ratioInterval([samples], [samples.map((sample) => 2 * sample)])!;
    expect(twice.low).toBeGreaterThan(1.95);
    expect(twice.high).toBeLessThan(2.05);
  });

  it("is wider where trials differ than where the same samples lie in one trial", () => {
    const shifted = samples.map((sample) => sample + 60);
    const together = [...samples, ...shifted].sort((x, y) => x - y);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    const reference = [[1000]];
    expect(width(ratioInterval(reference, [samples, shifted])!)).toBeGreaterThan(
      2 * width(ratioInterval(reference, [together])!),
    );
  });

  it("is the same each time, in order, and between the extremes", () => {
    const trials = fc.array(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1 }), {
      minLength: 1,
      maxLength: 3,
    });
    const check = (x: number[][], y: number[][]) => {
      const sorted = [x, y].map((side) => side.map((list) => list.toSorted((p, q) => p - q)));
      const [from, to] = sorted as [number[][], number[][]];
      const interval = ratioInterval(from, to)!;
      expect(ratioInterval(from, to)).toEqual(interval);
      const [low, high] = [Math.min, Math.max].map(
        (pick) => (side: number[][]) => pick(...side.flat()),
      );
      expect(interval.low).toBeLessThanOrEqual(interval.high);
      expect(interval.low).toBeGreaterThanOrEqual(low!(to) / high!(from));
      expect(interval.high).toBeLessThanOrEqual(high!(to) / low!(from));
    };
    fc.assert(fc.property(trials, trials, check), { numRuns: 30 });
  });

  it("is undefined without samples", () => {
    expect(ratioInterval([], [samples])).toBeUndefined();
    expect(ratioInterval([samples], [[]])).toBeUndefined();
  });
});

describe("the ratio of a cell in two runs", () => {
  const row = a.rows.find(({ path }) => path === "xdp")!;
  const figures = (p50: number, speedUp: number, half: number): Row => ({
    ...row,
    p50,
    ...{ p50_low: p50 / 1.001, p50_high: p50 * 1.001 },
    speedup_over_reference: speedUp,
    speedup_low: speedUp / (1 + half),
    speedup_high: speedUp * (1 + half),
    turns: 400,
  });

  it("is that of its speed-ups where it took turns: the machine of either day is not in it", () => {
    const found = ratioOfCosts(figures(50, 2, 0.01), figures(80, 2.02, 0.01), [[], []]);
    expect(found).toMatchObject({ of: "speed-up", ratio: 2 / 2.02 });
    expect(sideOf(found.interval)).toBe("no difference seen, resolves 1.4 %");
  });

  it("is named a difference only where the intervals of both runs leave out 1", () => {
    const sure = ratioOfCosts(figures(50, 2, 0.01), figures(50, 1.94, 0.01), [[], []]);
    expect(sideOf(sure.interval)).toBe("above 1");
    const unsure = ratioOfCosts(figures(50, 2, 0.01), figures(50, 1.94, 0.04), [[], []]);
    expect(sideOf(unsure.interval)).toBe("no difference seen, resolves 4.1 %");
  });

  it("is that of the medians for the reference, whose speed-up says nothing of its cost", () => {
    const reference = { path: "kernel-sockets", variant: "packet-mmsg" };
    const found = ratioOfCosts(
      { ...figures(100, 1, 0.01), ...reference },
      { ...figures(150, 1, 0.01), ...reference },
      [[], []],
    );
    expect(found).toMatchObject({ of: "p50", ratio: 1.5 });
    expect(sideOf(found.interval)).toBe("above 1");
  });

  it("takes a bootstrap over samples where a run has no intervals", () => {
    const none = { ...row, p50_low: null, p50_high: null };
    const found = ratioOfCosts(none, figures(50, 2, 0.01), [[[50, 51]], [[50, 51]]]);
    expect(found.interval).toEqual(ratioInterval([[50, 51]], [[50, 51]]));
  });
});

describe("compareRuns", () => {
  it("tells which cells are slower, by how much", () => {
    const { cells, apart } = compareRuns([a, slower]);
    expect(apart).toEqual([]);
    for (const { row, changes } of cells) {
      expect(changes.map(({ letter }) => letter)).toEqual(["B"]);
      expect(changes[0]!.ratio).toBe(row.path === "xdp" ? 2 : 1);
      const [side] = changes.map((change) => change.side);
      expect(side).toMatch(
        row.path === "xdp" ? "above 1" : /^no difference seen, resolves [\d.]+ %$/,
      );
    }
  });

  it("sets each of more runs against the first", () => {
    const faster = earlier(wholeRun(0.5));
    const { cells, runs } = compareRuns([a, slower, faster]);
    expect(runs.map(({ letter }) => letter)).toEqual(["A", "B", "C"]);
    const { changes } = cells.find(({ row }) => row.path === "xdp")!;
    expect(changes.map(({ letter, ratio }) => [letter, ratio])).toEqual([
      ["B", 2],
      ["C", 0.5],
    ]);
  });

  it("refuses one run alone", () => {
    expect(() => compareRuns([a])).toThrow("2 to 26 runs can be compared, not 1");
  });

  it("never sets one class against another", () => {
    const rows = a.rows.map((row) => ({ ...row, class: "emulated" as const }));
    const { cells, apart } = compareRuns([a, { ...a, rows }]);
    expect(cells).toEqual([]);
    expect(apart).toHaveLength(rows.length);
    expect(apart[0]!.reason).toBe("class virtual in A, emulated in B");
  });

  it("says of each other cell why it is not compared", () => {
    const { cells, apart } = compareRuns([a, earlier(skippedRun("no XDP"))]);
    expect(cells).toEqual([]);
    const reasons = Map.groupBy(apart, ({ reason }) => reason);
    expect(reasons.get("not in B")).toHaveLength(8);
    expect(reasons.get("skipped in B: no XDP; get it")).toHaveLength(4);
  });

  it("tells what differs in environment and config, and nothing else", () => {
    const { run } = a;
    const environment = { ...run.environment, kernel: "7.0", mitigations: { srso: "safe" } };
    const config = [{ ...run.config[0]!, samples: 9 }];
    const { differences } = compareRuns([a, { ...a, run: { ...run, environment, config } }]);
    expect(differences).toEqual([
      ["kernel", "6.1", "7.0"],
      ["mitigations.srso", "none", "safe"],
      ["host.samples", "3", "9"],
    ]);
  });

  it("says that a run is set against itself", () => {
    expect(compareRuns([a, a]).notes).toEqual(["A and B are the same run, r1"]);
  });
});

describe("a comparison as text", () => {
  it("shows ratio, interval and class of each cell", () => {
    const text = formatComparison(compareRuns([a, slower]));
    const line = text.split("\n").find((candidate) => candidate.includes("xdp/native/64B"))!;
    expect(line).toMatch(/virtual +ns\/frame +B +55 +110 +2\.000 +p50 +[\d.]+ to [\d.]+ +above 1$/);
    expect(text).toContain("what differs in the runs\n nothing");
    expect(text).toContain(
      "B: of 12 cells 4 cost more than in A, 0 less; of 8 no difference is seen.",
    );
  });

  it("lets no text of the environment move the cursor", () => {
    const { run } = a;
    const environment = { ...run.environment, cpuModel: "\u001b[2Jx\u0007" };
    const text = formatComparison(compareRuns([a, { ...a, run: { ...run, environment } }]));
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("is Markdown that text of the environment can't break", () => {
    const { run } = a;
    const environment = { ...run.environment, cpuModel: "x | <b>\ny" };
    const text = comparisonMarkdown(compareRuns([a, { ...a, run: { ...run, environment } }]));
    expect(text).toContain("| cpuModel | EPYC | x \\| &lt;b&gt; y |");
  });

  it("says that the runs have nothing in common", () => {
    const nothing = compareRuns([a, { ...a, rows: [] }]);
    expect(formatComparison(nothing)).toContain("the runs have no cell in common");
    expect(comparisonMarkdown(nothing)).toContain("The runs have no cell in common.");
  });
});

describe("a comparison as a page", () => {
  const parse = (page: string) => parseHTML(page).document;

  it("draws the ratios of each class, has them in words and as a table, and runs no script", () => {
    const document = parse(comparisonPage(compareRuns([a, slower])));
    const svg = document.querySelector("figure svg")!;
    expect(svg.getAttribute("aria-label")).toContain("xdp native, 64 B, window 1: B 2.000");
    expect(document.querySelector(".class")!.textContent).toContain("virtual");
    expect(document.querySelector("main")!.textContent).toContain("xdp/native/64B");
    expect(document.querySelectorAll("script, link, img, [src]")).toHaveLength(0);
  });

  it("keeps text of the environment text", () => {
    const { run } = a;
    const environment = { ...run.environment, cpuModel: "<img src=x onerror=alert(1)>" };
    const document = parse(
      comparisonPage(compareRuns([a, { ...a, run: { ...run, environment } }])),
    );
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(document.body.textContent).toContain("<img src=x");
  });

  it("says that the runs have no cell in common", () => {
    expect(comparisonPage(compareRuns([a, { ...a, rows: [] }]))).toContain("no cell in common");
  });
});
