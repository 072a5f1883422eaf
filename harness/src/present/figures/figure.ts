/**
 * What all plots have in common: drawn to SVG without a browser, in colours that follow the page.
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { paths, testerOnly } from "../../paths/all.ts";
import { escapeHtml, Html } from "../html.ts";

export interface Figure {
  /** Of its file, without folder. */
  readonly file: string;
  readonly title: string;
  /** The same in words, for those who don't see it. */
  readonly description: string;
  /** The drawing alone, for the inside of another. */
  readonly body: string;
  /** For the page, whose style it takes. */
  readonly inline: Html;
  /** A file of its own, with its style inside. */
  readonly standalone: string;
}

/** Units of the drawing; the page scales it, and a phone shows it at about nine tenths. */
export const figureWidth = 420;
export const rowHeight = 21;
export const labelWidth = 124;

export interface FigureText {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
}

export function drawFigure(text: FigureText, options: Plot.PlotOptions): Figure {
  const { document } = parseHTML("<html><body></body></html>");
  const svg = Plot.plot({
    document,
    width: figureWidth,
    style: { fontSize: "12px" },
    ...options,
  } as Plot.PlotOptions).outerHTML;
  const { title, description } = text;
  const body = svg
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replaceAll(/ aria-[a-z]+="[^"]*"/g, "") // "rule", "dot": no help to those who hear it
    .replaceAll(/(\d\.\d\d)\d{5,}/g, "$1");
  const alternative = `${title}. ${description}`;
  return {
    file: `${text.slug}.svg`,
    title,
    description,
    body,
    inline: new Html(openTag(body, `role="img" aria-label="${escapeHtml(alternative)}"`, "")),
    standalone: openTag(
      body,
      'xmlns="http://www.w3.org/2000/svg" role="img"',
      `<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc>` +
        `<style>${standaloneStyle}</style>`,
    ),
  };
}

export function openTag(svg: string, attributes: string, inside: string): string {
  return svg.replace(/^<svg ([^>]*)>/, (_, own: string) => `<svg ${attributes} ${own}>${inside}`);
}

interface Look {
  readonly light: string;
  readonly dark: string;
  readonly symbol: Plot.SymbolType;
}

/**
 * Shape and colour of a path, the same in all figures. Contrast is above 4.5 on either background.
 */
const looks: readonly Look[] = [
  { light: "#0b62b8", dark: "#6cb2f7", symbol: "circle" },
  { light: "#b4430a", dark: "#f2a266", symbol: "square" },
  { light: "#04704f", dark: "#55c795", symbol: "triangle" },
  { light: "#6d3fc4", dark: "#b7a1f7", symbol: "diamond" },
  { light: "#ad1a5d", dark: "#f18ab5", symbol: "star" },
];
/** Of what instructions are for, two kinds each: none of them is a path's. */
const kindLooks: readonly Pick<Look, "light" | "dark">[] = [
  { light: "#3f5873", dark: "#9db7d2" },
  { light: "#a86b00", dark: "#e3b04b" },
  { light: "#0f7b8a", dark: "#5cc4d2" },
  { light: "#b3372f", dark: "#ef8a80" },
  { light: "#5a7a1e", dark: "#a5c75c" },
];
const testerLook: Look = { light: "#646b75", dark: "#9aa3ae", symbol: "cross" };

const lookNames = [...paths.map(({ name }) => name)];

function lookIndex(path: string): number {
  const known = lookNames.indexOf(path);
  if (known >= 0) return known % looks.length;
  return [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % looks.length;
}

export function colorOf(path: string): string {
  return path === testerOnly ? "var(--tester)" : `var(--path-${lookIndex(path)})`;
}

export function symbolOf(path: string): Plot.SymbolType {
  return path === testerOnly ? testerLook.symbol : looks[lookIndex(path)]!.symbol;
}

/** Custom properties of the colours, for `:root` or `svg`. */
export function colorProperties(scheme: "light" | "dark"): string {
  const own = looks.map((look, i) => `--path-${i}:${look[scheme]};`).join("");
  const ofKinds = kindLooks.map((look, i) => `--kind-${i}:${look[scheme]};`).join("");
  const ground = scheme === "light" ? "#ffffff" : "#14171a";
  const ink = scheme === "light" ? "#1c2024" : "#e6e8ea";
  const quiet = scheme === "light" ? "#5b626b" : "#a0a8b2";
  const line = scheme === "light" ? "#e3e6e9" : "#2c3238";
  return (
    `${own}${ofKinds}--tester:${testerLook[scheme]};` +
    `--ground:${ground};--ink:${ink};--quiet:${quiet};--line:${line};`
  );
}

export const standaloneStyle =
  `svg{${colorProperties("light")}color:var(--ink);background:var(--ground)}` +
  `@media(prefers-color-scheme:dark){svg{${colorProperties("dark")}}}` +
  'svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}text{white-space:pre}';

export const tabular = { fontVariant: "tabular-nums" } as const;
export const quiet = { fill: "var(--quiet)" } as const;

/** Labels at the left edge, in a column of their own. */
export const leftColumn = {
  frameAnchor: "left",
  dx: -labelWidth,
  textAnchor: "start",
} as const;
