/** The page of a profile, in a browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { writeProfile } from "../../src/present/page/write-profile.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { openPage, seriousViolations, useBrowser } from "../browser.ts";
import { ofCell, raw } from "../profile/raw.ts";

const out = mkdtempSync(join(tmpdir(), "iopath-flame-"));
const profile = joinProfile(raw, ofCell);
const cheaper = { ...raw, stacks: raw.stacks.replace("cell 2 20244 64", "cell 2 20244 32") };
const before = joinProfile(cheaper, { ...ofCell, cell: "another", p50: 9.5 });
const folder = writeProfile(out, { profile, before, exporter: "iopath 0" });
const file = join(folder, "flame.html");

const waitMs = 120_000;

const browser = useBrowser();
afterAll(() => rmSync(out, { recursive: true }));

/** What the box of a function is filled with. */
const fillOf = (name: string) => `g[name^="${name}"] rect`;

it("shows a box for each function, and asks for nothing", async () => {
  await using opened = await openPage(browser(), file);
  expect(await opened.page.locator("#flame g.frame").count()).toBe(15);
  expect(opened.complaints).toEqual([]);
});

it("finds functions by a regular expression, and says what they cost together", async () => {
  await using opened = await openPage(browser(), file);
  const { page } = opened;
  await page.fill("#flame-search", "veth_xmit|classic");
  expect(await page.locator('#flame rect[fill="#e600e6"]').count()).toBe(2);
  expect(await page.textContent("#flame-details")).toBe(
    "3.9 instructions per frame match, 39.06 %",
  );
  await page.fill("#flame-search", "veth_xmit(");
  expect(await page.locator('#flame rect[fill="#e600e6"]').count()).toBe(0);
  await page.fill("#flame-search", "");
  expect(opened.complaints).toEqual([]);
});

it("zooms into a function, and out again", async () => {
  await using opened = await openPage(browser(), file);
  const { page } = opened;
  const width = async (name: string) => {
    const box = await page.locator(fillOf(name)).first().boundingBox();
    return box!.width;
  };
  const whole = (await page.locator("#flame svg").boundingBox())!.width;
  expect(await width("veth_xmit")).toBeLessThan(whole / 2);
  await page.locator(fillOf("veth_xmit")).first().click();
  await expect.poll(() => width("veth_xmit"), { timeout: waitMs }).toBeGreaterThan(whole * 0.95);
  await page.click("#flame-reset");
  await expect.poll(() => width("veth_xmit"), { timeout: waitMs }).toBeLessThan(whole / 2);
});

it("colours what differs from the other cell on request", async () => {
  await using opened = await openPage(browser(), file);
  const { page } = opened;
  const fill = () => page.locator(fillOf("*forward")).first().getAttribute("fill");
  const plain = await fill();
  await page.check("#flame-differences");
  await expect.poll(fill, { timeout: waitMs }).toBe("rgb(255,77,77)");
  await page.uncheck("#flame-differences");
  await expect.poll(fill, { timeout: waitMs }).toBe(plain);
});

it("can be read by all: contrast, labels, names", async () => {
  await using opened = await openPage(browser(), file);
  expect(await seriousViolations(opened.page)).toEqual([]);
});
