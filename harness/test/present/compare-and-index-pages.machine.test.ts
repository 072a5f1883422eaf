/** The page of a comparison and the index of published runs, in a browser. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareRuns } from "../../src/compare/compare.ts";
import { comparisonPage } from "../../src/compare/page.ts";
import { deriveRows } from "../../src/index.ts";
import type { JournalEvent, RunEvent } from "../../src/journal/events.ts";
import { lineOf, storedRun } from "../../src/journal/events.ts";
import { rebuildIndex } from "../../src/publish/index-page.ts";
import { publishRun } from "../../src/publish/publish.ts";
import { collectSamples } from "../../src/rows/samples.ts";
import type { EarlierRun } from "../../src/run/earlier-run.ts";
import { openPage, seriousViolations, useBrowser, type View } from "../browser.ts";
import { verifiedRun } from "../journal-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-pages-"));
const published = join(folder, "published");
const comparison = join(folder, "compare.html");
const views: View[] = [
  {},
  { scheme: "dark" },
  { width: 390, height: 844, phone: true },
  { width: 390, height: 844, phone: true, scheme: "dark" },
];

function madeOn(day: number, factor: number): { run: RunEvent; events: JournalEvent[] } {
  const made = verifiedRun(factor);
  const startedAt = `2026-11-${day}T12:00:00.000Z`;
  const kernel = `6.${day}`;
  const environment = { ...made.run.environment, kernel };
  const run = { ...made.run, runId: `r${day}`, startedAt, environment };
  return { run, events: [run, ...made.events.slice(1)] };
}

function earlier(made: { run: RunEvent; events: JournalEvent[] }): EarlierRun {
  return {
    run: storedRun(made.run),
    rows: deriveRows(made),
    samples: () => collectSamples(made),
    notes: [],
  };
}

async function publish(day: number, factor: number): Promise<void> {
  const place = join(folder, `run${day}`);
  mkdirSync(place);
  const lines = madeOn(day, factor).events.map(lineOf);
  writeFileSync(join(place, "journal.jsonl"), lines.join(""));
  const allowed = { dirty: false, unverified: false, width: 0.1 };
  await publishRun(place, { to: published, author: "A. Author", host: "lab", allowed });
}

const browser = useBrowser();
beforeAll(async () => {
  const runs = [madeOn(10, 1), madeOn(11, 1.2), madeOn(12, 0.9)].map(earlier);
  writeFileSync(comparison, comparisonPage(compareRuns(runs)));
  await publish(10, 1);
  await publish(11, 1.2);
  rebuildIndex(published);
});
afterAll(() => rmSync(folder, { recursive: true }));

const pages: [string, string, number][] = [
  ["a comparison of three runs", comparison, 1],
  ["the index of published runs", join(published, "index.html"), 12],
];

describe.each(pages)("%s", (_name, file, plots) => {
  it.each(views)("opens as it should: %o", async (view) => {
    await using opened = await openPage(browser(), file, view);
    const { page, complaints } = opened;
    expect(complaints).toEqual([]);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(view.width ?? 1280);
    expect(await seriousViolations(page)).toEqual([]);
    const drawn = page.locator("svg:visible");
    expect(await drawn.count()).toBe(plots);
    const widths = await drawn.evaluateAll((all) =>
      all.map((svg) => svg.getBoundingClientRect().width),
    );
    expect(Math.min(...widths)).toBeGreaterThan(50);
  });

  it("has everything that can be followed or scrolled in reach of the Tab key", async () => {
    await using opened = await openPage(browser(), file);
    const { page } = opened;
    const stops = await page.locator("a, [tabindex='0']").count();
    expect(stops).toBeGreaterThan(0);
    const passed = new Set<string>();
    for (let i = 0; i < stops; i++) {
      await page.keyboard.press("Tab");
      passed.add(await page.locator(":focus").evaluate(({ outerHTML }) => outerHTML));
    }
    expect(passed.size).toBe(stops);
  });
});

describe("the index of published runs", () => {
  it("leads to each run's page, which opens", async () => {
    await using opened = await openPage(browser(), join(published, "index.html"));
    const { page } = opened;
    await page.locator("a", { hasText: "2026-11-11-lab" }).click();
    await page.waitForURL(/2026-11-11-lab\/report\.html$/);
    expect(await page.locator("h1").textContent()).toBe("What one forwarded frame costs");
  });

  it("shows how a cell developed: both medians, and their ratio", async () => {
    await using opened = await openPage(browser(), join(published, "index.html"));
    const line = opened.page
      .locator("tr", { hasText: "xdp/native/64B/burst64/flows1/window1" })
      .last();
    expect(await line.locator("td.number").allTextContents()).toEqual(["55", "66", "1.200"]);
  });
});
