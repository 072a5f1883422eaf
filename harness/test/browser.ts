/** A page in headless Chromium, and what went wrong in it. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

/** Debian's; `npm test` installs it. */
const executablePath = "/usr/bin/chromium";

/**
 * Root may not use Chromium's sandbox; what is opened here is a page of our own, without a network.
 */
function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 150_000 });
}

/** One for all tests of a file, from the first to the last; to be called outside of them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  return () => browser!;
}

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  /** As a phone has it: touch, and a viewport that heeds its meta element. */
  readonly phone?: boolean;
  /** Whether the page's script may run. */
  readonly scripts?: boolean;
}

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts and messages of the console; requests for anything but the page itself. */
  readonly complaints: string[];
}

/** Opens a file as a user does who double-clicks it. */
export async function openPage(browser: Browser, file: string, view: View = {}): Promise<Opened> {
  const { width = 1280, height = 900, scheme = "light", phone = false, scripts = true } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    hasTouch: phone,
    isMobile: phone,
    ...(phone ? { deviceScaleFactor: 2 } : {}),
  });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request for ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/**
 * What axe-core finds of the impacts "serious" and "critical"; by evaluation, which the page's
 * policy lets be.
 */
export async function seriousViolations(page: Page): Promise<Violation[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: AxeApi };
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) }));
  });
}

interface AxeApi {
  run(options: { resultTypes: string[] }): Promise<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>;
}

/** Texts of a plot that lie on another text, or on a mark, by the boxes that the browser draws. */
export const findCollisions = `(() => {
  const hit = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  return [...document.querySelectorAll("figure svg")].flatMap((svg) => {
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const others = [...texts, ...svg.querySelectorAll("path[transform]")];
    const boxes = others.map((one) => one.getBoundingClientRect());
    return texts.flatMap((text, i) =>
      others.flatMap((other, j) =>
        j > i && hit(boxes[i], boxes[j])
          ? [svg.getAttribute("aria-label").slice(0, 60) + ": " + text.textContent + " | " + other.textContent]
          : [],
      ),
    );
  });
})()`;
