/** The page of a run of searches, in a browser. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openLoopRunOf } from "../../src/open-loop/report/files.ts";
import { writeOpenLoopReport } from "../../src/present/open-loop/write.ts";
import { findCollisions, openPage, seriousViolations, useBrowser, type View } from "../browser.ts";
import { cellOf, fakeRun, newFolder } from "../open-loop/fake-run.ts";

const folder = newFolder();
const file = join(folder, "open-loop.html");
const views: [string, View][] = [
  ["desktop, light", {}],
  ["phone, dark", { width: 390, height: 844, phone: true, scheme: "dark" }],
];

const browser = useBrowser();
beforeAll(async () => {
  const cells = [cellOf({ searches: 2 }), cellOf({ path: "kernel-sockets", variant: "udp-mmsg" })];
  writeOpenLoopReport(folder, openLoopRunOf(await fakeRun(cells)));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(views)("asks for nothing, and can be read by all: %s", async (_, view) => {
  await using opened = await openPage(browser(), file, view);
  expect(opened.complaints).toEqual([]);
  expect(await seriousViolations(opened.page)).toEqual([]);
});

it("has figures whose texts lie on nothing", async () => {
  await using opened = await openPage(browser(), file);
  expect(await opened.page.evaluate(findCollisions)).toEqual([]);
});
