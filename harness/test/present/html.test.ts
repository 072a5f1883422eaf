import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeHtml, Html, html, scriptJson } from "../../src/present/html.ts";
import { parsePage } from "../parse-page.ts";

describe("html", () => {
  it("escapes texts and numbers, keeps markup, and drops undefined", () => {
    const inner = html`<b>${"<i>"}</b>`;
    expect(html`<p title="${'"'}">${inner}${undefined}${1}${["&", inner]}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;i&gt;</b>1&amp;<b>&lt;i&gt;</b></p>',
    );
  });

  it("shows a parser the text that was put in, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const document = parsePage(`<body><p id="p" title="${escapeHtml(text)}"></p></body>`);
        expect(document.querySelectorAll("body *")).toHaveLength(1);
        expect(document.getElementById("p")!.getAttribute("title")).toBe(
          text.replaceAll(/[^\P{Cc}\t\n\r]/gu, "\ufffd"),
        );
      }),
    );
  });

  it("holds JSON that can't end its script, and is the same when read", () => {
    const value = { text: "</script><script>alert(1)</script><!--" };
    const { text } = scriptJson(value);
    expect(text).not.toContain("<");
    expect(JSON.parse(text)).toEqual(value);
    expect(scriptJson(1)).toBeInstanceOf(Html);
  });
});
