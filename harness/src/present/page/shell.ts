/** The frame of every page: one file that loads nothing. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { colorProperties } from "../figures/figure.ts";
import { Html, html } from "../html.ts";

const asset = (name: string) => readFileSync(resolve(import.meta.dirname, name), "utf8");

interface PageParts {
  readonly title: string;
  readonly body: Html;
  /** File of this folder that the page runs; the policy lets the browser run no other. */
  readonly script?: string;
  /** Programs of others that run before it, as texts. */
  readonly libraries?: readonly string[];
  /** More of it than page.css. */
  readonly style?: string;
}

export function wholePage({ title, body, script, libraries = [], style = "" }: PageParts): string {
  const program = script === undefined ? [] : [asset(script)];
  const digests = [...libraries, ...program].map(
    (text) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  );
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'" +
    (digests.length > 0 ? `; script-src${digests.join("")}` : "");
  const whole =
    `:root{${colorProperties("light")}}` +
    `@media screen and (prefers-color-scheme:dark){:root{${colorProperties("dark")}}}\n` +
    asset("page.css") +
    style;
  return `<!doctype html>
${
  html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(whole)}</style></head>
<body>
${body}
${libraries.map((text) => new Html(`<script>${text}</script>\n`))}${program.map(
  (text) => new Html(`<script type="module">${text}</script>`),
)}</body></html>`.text
}
`;
}
