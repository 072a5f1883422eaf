/**
 * What a reader of a page finds in it, as text: headings, words, tables, and its figures in words.
 */
import { parsePage } from "../parse-page.ts";

/** What is needed of an element. */
interface PageElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly children: Iterable<PageElement>;
  getAttribute(name: string): string | null;
}

export function pageText(page: string): string {
  const lines: string[] = [];
  collect(parsePage(page).querySelector("body")!, lines);
  return `${lines.join("\n")}\n`;
}

const inline = new Set(["A", "CODE", "SPAN", "INPUT", "LABEL"]);

function collect(element: PageElement, lines: string[]): void {
  const { tagName } = element;
  if (tagName === "SCRIPT" || tagName === "STYLE") return;
  if (tagName.toLowerCase() === "svg") {
    lines.push(`[figure] ${element.getAttribute("aria-label") ?? ""}`);
    return;
  }
  if (tagName === "TR") {
    lines.push(`| ${[...element.children].map(oneLine).join(" | ")} |`);
    return;
  }
  if ([...element.children].every((child) => inline.has(child.tagName))) {
    const text = oneLine(element);
    if (text)
      lines.push(/^H\d$/.test(tagName) ? `\n${"#".repeat(Number(tagName[1]))} ${text}` : text);
    return;
  }
  for (const child of element.children) collect(child, lines);
}

function oneLine({ textContent }: PageElement): string {
  return (textContent ?? "").replaceAll(/\s+/g, " ").trim();
}
