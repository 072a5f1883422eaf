/** Speedscope's own program opens what we write for it, and folded stacks. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { writeProfile } from "../../src/present/page/write-profile.ts";
import { profileFiles } from "../../src/profile/folder.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { useBrowser } from "../browser.ts";
import { ofCell, raw } from "../profile/raw.ts";

const out = mkdtempSync(join(tmpdir(), "iopath-speedscope-"));
const profile = joinProfile(raw, ofCell);
const folder = writeProfile(out, { profile, before: undefined, exporter: "iopath 0" });
const app = new URL(import.meta.resolve("speedscope/dist/release/index.html"));

const waitMs = 120_000;

const browser = useBrowser();
afterAll(() => rmSync(out, { recursive: true }));

/** As its command line hands a file to it; the table of functions is its view 3. */
async function openIn(name: string): Promise<Page> {
  const bytes = readFileSync(join(folder, name)).toString("base64");
  const script = join(out, `${name}.js`);
  writeFileSync(script, `speedscope.loadFileFromBase64("${name}", "${bytes}")`);
  const page = await browser().newPage();
  page.setDefaultTimeout(waitMs);
  await page.goto(`${app.href}#localProfilePath=${script}`);
  await expect.poll(() => page.title(), { timeout: waitMs }).toContain(" - speedscope");
  await page.keyboard.press("3");
  return page;
}

it.each([profileFiles.speedscope, profileFiles.folded])("%s", async (name) => {
  const page = await openIn(name);
  const names = profile.stacks.map(({ frames }) => frames.at(-1)!.name);
  for (const text of [...names, "200 (31%)"]) await page.getByText(text).first().waitFor();
  await page.close();
});
