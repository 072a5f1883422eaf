/** The frame of every page: one file that loads nothing. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { colorProperties } from "../figures/figure.ts";
import { Html, html } from "../html.ts";

const asset = (name: string) => readFileSync(resolve(import.meta.dirname, name), "utf8");

export interface PageParts {
  readonly title: string;
  readonly body: Html;
  /** File of this folder that the page runs; the policy lets the browser run no other. */
  readonly script?: string;
}

export function wholePage({ title, body, script }: PageParts): string {
  const program = script === undefined ? undefined : asset(script);
  const digest = program && createHash("sha256").update(program).digest("base64");
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'" +
    (digest ? `; script-src 'sha256-${digest}'` : "");
  const style =
    `:root{${colorProperties("light")}}` +
    `@media screen and (prefers-color-scheme:dark){:root{${colorProperties("dark")}}}\n` +
    asset("page.css");
  return `<!doctype html>
${
  html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style></head>
<body>
${body}
${program === undefined ? undefined : new Html(`<script type="module">${program}</script>`)}</body></html>`
    .text
}
`;
}
