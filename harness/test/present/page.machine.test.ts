/**
 * The page of a run in a browser: what a parser can't see (errors, requests, contrast, keys,
 * layout).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../src/index.ts";
import { buildReport } from "../../src/present/page/page.ts";
import { loadRun } from "../../src/run/earlier-run.ts";
import { findCollisions, openPage, seriousViolations, useBrowser, type View } from "../browser.ts";
import { buildWideRun, manyRows } from "../run-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-page-"));
const file = join(folder, "report.html");
const published = join(import.meta.dirname, "../../../results/published/2026-11-29-amd-epyc-2-cpu");
const views: [string, View][] = [
  ["desktop, light", {}],
  ["desktop, dark", { scheme: "dark" }],
  ["phone, light", { width: 390, height: 844, phone: true }],
  ["phone, dark", { width: 390, height: 844, phone: true, scheme: "dark" }],
];

/** Cells of one flow again, with two workers. */
function byTwoWorkers(rows: readonly Row[]): Row[] {
  return rows
    .filter(({ place, flows, path }) => place === "host" && flows === 1 && path === "xdp")
    .map((row) => {
      const p50 = row.p50 && row.p50 * 1.15;
      return { ...row, cell: `${row.cell}/workers2`, workers: 2, flows: 2, p50 };
    });
}

const browser = useBrowser();
beforeAll(() => {
  const wide = buildWideRun();
  writeFileSync(file, buildReport(wide, [...wide.rows, ...byTwoWorkers(wide.rows)]).page);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The page of a published run: five paths, costs of 4 to 14,000 ns, ratios of 0.3 to 900. */
function writePublished(): string {
  const { run, rows, samples } = loadRun(published);
  const measured = (samplesNs: readonly number[]) => ({ status: "measured", samplesNs });
  const events = [...samples()].flatMap(([cell, trials]) =>
    trials.map((list, round) => ({ event: "trial", cell, round, result: measured(list) })),
  );
  const page = join(folder, "published.html");
  writeFileSync(page, buildReport({ run, events } as never, rows).page);
  return page;
}

describe.each([views[0]!, views[3]!])("the labels of its plots, %s", (_name, view) => {
  it.each([
    ["a wide run", () => file],
    ["a published one", writePublished],
  ])("run neither into each other nor into marks: %s", async (_run, pageOf) => {
    await using opened = await openPage(browser(), pageOf(), view);
    await opened.page.evaluate(
      "for (const one of document.querySelectorAll('details')) one.open = true",
    );
    expect(await opened.page.evaluate<string[]>(findCollisions)).toEqual([]);
  });
});

describe.each(views)("the page, %s", (_name, view) => {
  it("opens with no error and no request, no wider than its window", async () => {
    await using opened = await openPage(browser(), file, view);
    expect(opened.complaints).toEqual([]);
    const width = await opened.page.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(view.width ?? 1280);
  });

  it("draws every plot", async () => {
    await using opened = await openPage(browser(), file, view);
    const heights = await opened.page
      .locator("figure svg:visible")
      .evaluateAll((plots) => plots.map((plot) => plot.getBoundingClientRect().height));
    expect(heights.length).toBeGreaterThan(0);
    for (const height of heights) expect(height).toBeGreaterThan(50);
  });

  it("has no serious problem that axe-core can find", async () => {
    await using opened = await openPage(browser(), file, view);
    expect(await seriousViolations(opened.page)).toEqual([]);
  });
});

describe("the table of rows", () => {
  const p50Button = (page: Page) =>
    page.locator("#rows-table th button").filter({ hasText: /^p50$/ });
  const ascending = (figures: number[]) => figures.toSorted((a, b) => a - b);

  /** Column p50 of the lines in sight, those without a figure left out. */
  async function figuresInSight(page: Page): Promise<number[]> {
    const heads = await page.locator("#rows-table th").allTextContents();
    const at = heads.indexOf("p50") + 1;
    const texts = await page.locator(`#rows-table tbody td:nth-child(${at})`).allTextContents();
    return texts.filter((text) => text !== "").map(Number);
  }

  it("is filtered by typing, and sorted by keys alone", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    await page.getByLabel("Filter").focus();
    await page.keyboard.type("path=xdp window=64");
    const lines = await page.locator("#rows-table tbody tr").allTextContents();
    expect(lines.length).toBeGreaterThan(0);
    for (const text of lines) expect(text).toContain("xdp");
    await p50Button(page).focus();
    await page.keyboard.press("Enter");
    const once = await figuresInSight(page);
    expect(once).toEqual(ascending(once));
    expect(once.at(-1)).toBeGreaterThan(once[0]!);
    expect(await page.locator(":focus").textContent()).toBe("p50");
    await page.keyboard.press("Enter");
    expect(await figuresInSight(page)).toEqual(ascending(once).toReversed());
  });

  it("is sorted by the mouse too, and shows the rows of a figure at a click", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    await p50Button(page).click();
    const sorted = await figuresInSight(page);
    expect(sorted).toEqual(ascending(sorted));
    const link = page.locator("figcaption [data-filter]").first();
    const wanted = await link.getAttribute("data-filter");
    await link.click();
    expect(await page.getByLabel("Filter").inputValue()).toBe(wanted);
    await expect.poll(() => page.getByLabel("Filter").isVisible()).toBe(true);
  });

  it("is reached by the Tab key, and so are the links of all figures", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    const stops = await page.locator("a, button, input, summary").count();
    const links = await page.locator("figcaption [data-filter]:visible").count();
    const passed: string[] = [];
    for (let i = 0; i < stops * 2 && passed.at(-1) !== "rows-filter"; i++) {
      await page.keyboard.press("Tab");
      const inFocus = page.locator(":focus");
      passed.push(
        await inFocus.evaluate(({ id, parentElement }) => id || parentElement!.localName),
      );
    }
    expect(passed.at(-1)).toBe("rows-filter");
    expect(passed.filter((name) => name === "figcaption").length).toBeGreaterThanOrEqual(links);
  });
});

describe("a run of 10,000 rows", () => {
  it("is drawn, and its table is filtered", async () => {
    const large = join(folder, "large.html");
    const wide = buildWideRun();
    writeFileSync(large, buildReport(wide, manyRows(wide.rows, 10_000)).page);
    await using opened = await openPage(browser(), large);
    expect(opened.complaints).toEqual([]);
    expect(await opened.page.locator("figure svg:visible").count()).toBeGreaterThan(3);
    await opened.page.getByLabel("Filter").fill("path=xdp window=8");
    const status = await opened.page.locator("#rows-count").textContent();
    expect(status).toMatch(/^\d+ of 10000 rows/);
  });

  it("has its plots before any script has run", async () => {
    const large = join(folder, "large.html");
    await using opened = await openPage(browser(), large, { scripts: false });
    expect(await opened.page.locator("figure svg:visible").count()).toBeGreaterThan(3);
    const glance = opened.page.locator(".glance svg").first();
    const { y, height } = (await glance.boundingBox())!;
    expect(y + height, "the first plot is in sight without scrolling").toBeLessThan(900);
  });
});

describe("what several workers bring", () => {
  it("is a bar for each cell, with a way to its row", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    const section = page.locator("section", { has: page.locator("h2", { hasText: "Scaling" }) });
    expect(await section.locator("meter:visible").count()).toBeGreaterThan(3);
    await section.locator("tbody a").first().click();
    expect(await page.locator("#rows-table tbody tr").count()).toBe(1);
  });
});

describe("on paper", () => {
  it("has its figures, and neither controls nor a table that is too wide", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("figure svg:visible").count()).toBeGreaterThan(3);
    for (const hidden of ["#rows-filter", "#rows-table", "nav"]) {
      expect(await page.locator(hidden).isVisible(), hidden).toBe(false);
    }
    expect((await page.pdf({ format: "A4" })).byteLength).toBeGreaterThan(50_000);
  });
});
