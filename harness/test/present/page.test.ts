import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { buildReport } from "../../src/present/page/page.ts";
import { environmentSection, header, missingSection } from "../../src/present/page/sections.ts";
import { writeReport } from "../../src/present/page/write.ts";
import { run, skippedRun, wholeRun } from "../journal-fixture.ts";
import { embedded, parsePage } from "../parse-page.ts";

const whole = wholeRun();
const rows = deriveRows(whole);
const report = buildReport(whole, rows);
/** The page after its script has run. */
function opened(page: string) {
  const document = parsePage(page);
  const script = document.querySelector("script[type=module]")!.textContent!;
  new Function("document", script)(document);
  const shown = () =>
    [...document.querySelectorAll("#rows-table tbody tr")].map((line) =>
      [...line.querySelectorAll("td")].map((cell) => cell.textContent),
    );
  return { document, shown };
}

describe("the page", () => {
  it("asks for nothing from anywhere, and forbids it", () => {
    const document = parsePage(report.page);
    const script = document.querySelector("script[type=module]")!.textContent!;
    const digest = createHash("sha256").update(script).digest("base64");
    const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${digest}'`);
    expect(document.querySelectorAll("link, img, iframe, [src]")).toHaveLength(0);
    expect(report.page).not.toMatch(/@import|url\(|fetch\(|="(https?:)?\/\//);
  });

  it("links to files that are beside it and to places that it has", () => {
    const document = parsePage(report.page);
    const beside = ["results.csv", "environment.json", "journal.jsonl"];
    const figures = report.figures.map(({ file }) => file);
    for (const link of document.querySelectorAll("a")) {
      const target = link.getAttribute("href")!;
      if (target.startsWith("#")) expect(document.getElementById(target.slice(1))).not.toBeNull();
      else expect([...beside, ...figures]).toContain(target);
    }
  });

  it("of a published run links to the samples that are published", () => {
    const { page } = buildReport(whole, rows, { published: true });
    expect(page).toContain('href="samples.csv.gz"');
    expect(page).not.toContain("journal.jsonl");
  });

  it("has every row with every figure", () => {
    const { columns, rows: found } = embedded(report.page);
    expect(found).toEqual(rows.map((row) => columns.map((name) => row[name as keyof Row])));
    const details = parsePage(report.page).querySelector("#rows-data")!.parentElement!.textContent!;
    for (const name of Object.keys(rows[0]!)) expect(details).toContain(name);
  });

  it("gives each figure a class in sight, words in its place, and its rows", () => {
    const { document, shown } = opened(report.page);
    const figures = [...document.querySelectorAll("figure")];
    // the overview is one file, of one block here
    expect(figures.length).toBe(report.figures.length);
    for (const figure of figures) {
      expect(figure.querySelector(".class")!.textContent).toBe("virtual");
      expect(figure.querySelector("svg")!.getAttribute("role")).toBe("img");
      const words = figure.querySelector("svg")!.getAttribute("aria-label");
      expect(words).toMatch(/xdp native|kernel-sockets packet-mmsg/);
      expect(words).toMatch(/\d/);
      const link = figure.querySelector("figcaption [data-filter]") as unknown as { click(): void };
      link.click();
      expect(shown().length).toBeGreaterThan(0);
      expect(shown().length).toBeLessThan(rows.length);
    }
  });

  it("never draws two classes into one figure", () => {
    const other = rows.map((row) => ({
      ...row,
      class: "emulated" as const,
      place: "guest" as const,
    }));
    const { figures, page } = buildReport(whole, [...rows, ...other]);
    const titles = figures.filter(({ file }) => file.startsWith("cost")).map(({ title }) => title);
    for (const svg of parsePage(page).querySelectorAll("svg")) {
      expect(svg.getAttribute("aria-label")).not.toMatch(/virtual.*emulated|emulated.*virtual/);
    }
    expect(titles.filter((title) => title.includes("virtual"))).toHaveLength(4);
    expect(titles.filter((title) => title.includes("emulated"))).toHaveLength(4);
    expect(titles.some((title) => /virtual.*emulated|emulated.*virtual/.test(title))).toBe(false);
    expect(page).toContain("Figures of one class stand beside no figures of another");
  });

  it("says why cells have no figure, and says so where none has one", () => {
    const skipped = skippedRun("no XDP here");
    const { page } = buildReport(skipped, deriveRows(skipped));
    const text = parsePage(page).querySelector("main")!.textContent!;
    expect(text).toContain("no XDP here; get it");
    expect(page).toContain("No cell of this run was measured to its end.");
    expect(page.split('<script type="module">')[0]).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("says first what was measured, and of what class", () => {
    const lead = parsePage(report.page)
      .querySelector(".lead")!
      .textContent!.replaceAll(/\s+/g, " ");
    expect(lead).toBe(
      "virtual kernel-sockets, xdp in 2 variants on host, frames of 64, 512 bytes, windows of 1, 64.",
    );
  });

  it("says that a run has no rows", () => {
    expect(buildReport(whole, []).page).toContain("This run has no rows.");
  });

  it("stays below 3 MB with 10,000 rows, all of them in it", () => {
    const many = Array.from({ length: 10_000 }, (_, i): Row => {
      const row = rows[i % rows.length]!;
      const samples = { p10: i + 0.1, p50: i + 0.5, p90: i + 1000.3, p99: i + 20_000.7 };
      return { ...row, cell: `${row.cell}/${i}`, window: i % 200, burst: i % 7, ...samples };
    });
    const { page, figures } = buildReport(whole, many);
    expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
    expect(embedded(page).rows).toHaveLength(10_000);
    expect(figures.length).toBeLessThan(50);
    expect(opened(page).shown()).toHaveLength(100);
  });
});

describe("the table of rows", () => {
  it("filters by words and by a column's value", () => {
    const { document, shown } = opened(report.page);
    const filter = document.getElementById("rows-filter") as unknown as { value: string };
    const type = (text: string) => {
      filter.value = text;
      (filter as unknown as EventTarget).dispatchEvent(
        new document.defaultView!.Event("input") as unknown as Event,
      );
      return shown().length;
    };
    expect(type("")).toBe(rows.length);
    expect(type("native")).toBe(4);
    expect(type("path=xdp window=64")).toBe(2);
    expect(type("window=6")).toBe(0);
    expect(type("clock=wall")).toBe(rows.length);
    expect(type("clock=instructions")).toBe(0);
    expect(type("frame_bytes=64 xdp")).toBe(2);
  });

  it("sorts numbers as numbers, one way and then the other", () => {
    const { document, shown } = opened(report.page);
    const { columns } = embedded(report.page);
    const at = columns.indexOf("p50");
    const click = () =>
      (
        document.querySelectorAll("#rows-table th button")[at] as unknown as { click(): void }
      ).click();
    const figures = () => shown().map((line) => Number(line[at]));
    click();
    expect(figures()).toEqual(figures().toSorted((a, b) => a - b));
    click();
    expect(figures()).toEqual(figures().toSorted((a, b) => b - a));
    const header = document.querySelectorAll("#rows-table th")[at]!;
    expect(header.getAttribute("aria-sort")).toBe("descending");
  });
});

describe("text of the environment", () => {
  const nasty = `</script><img src=x onerror="alert(1)">'"&<!--`;

  it("can't break out of the rows that the page has in it", () => {
    const skipped = skippedRun(nasty);
    const { page } = buildReport(skipped, deriveRows(skipped));
    const document = parsePage(page);
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(document.querySelectorAll("script")).toHaveLength(2);
    expect(document.querySelector(".wrap")!.textContent).toContain(nasty);
  });

  it("can't break out of the whole page, its figures included", () => {
    const elements = (text: string) => {
      const environment = { ...run.environment, cpuModel: text, kernel: text, revision: text };
      const few = rows.slice(0, 3).map((row) => ({ ...row, kernel: text, stand_in: text }));
      const failed: Row = { ...few[0]!, status: "failed", p50: null, reason: text };
      const journal = { ...whole, run: { ...run, runId: text, environment } };
      const { page, figures } = buildReport(journal, [...few, failed]);
      const documents = [page, ...figures.map(({ standalone }) => standalone)].map(parsePage);
      return documents.map((document) => document.querySelectorAll("*:not(text)").length);
    };
    const usual = elements("EPYC");
    const text = fc.oneof(fc.string({ minLength: 1 }), fc.constant(nasty));
    fc.assert(
      fc.property(text, (given) => {
        expect(elements(given)).toEqual(usual);
      }),
      { numRuns: 20 },
    );
  });

  it("stays text wherever it stands, whatever it is", () => {
    const elements = (text: string) => {
      const environment = { ...run.environment, cpuModel: text, mitigations: { srso: text } };
      const row: Row = { ...rows[0]!, status: "failed", reason: text };
      const parts = [header({ ...run, environment }, []), environmentSection(environment)];
      const markup = [...parts, missingSection([row])!].map((part) => part.text).join("");
      return parsePage(`<html><body>${markup}</body></html>`).querySelectorAll("*").length;
    };
    const usual = elements("EPYC");
    // An empty text of the environment has no line.
    const texts = fc.oneof(fc.string({ minLength: 1 }), fc.constant(nasty));
    fc.assert(fc.property(texts, (text) => elements(text) === usual));
  });
});

describe("writeReport", () => {
  it("takes away the figures of an earlier run, and nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "iopath-report-"));
    try {
      for (const name of ["cost-old.svg", "mine.svg"]) writeFileSync(join(folder, name), "");
      writeReport(folder, whole, rows);
      const names = report.figures.map(({ file }) => file);
      expect(readdirSync(folder).sort()).toEqual([...names, "mine.svg", "report.html"].sort());
      expect(readFileSync(join(folder, "report.html"), "utf8")).toBe(report.page);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
