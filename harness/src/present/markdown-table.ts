/** Tables in Markdown, of text that stays text. */

/** @param texts how many columns, from the left, are aligned left; the others hold numbers */
export function markdownTable(
  heads: readonly string[],
  lines: readonly (readonly string[])[],
  texts: number,
): string {
  const rule = heads.map((_, i) => (i < texts ? "---" : "---:"));
  const body = lines.map((fields) => fields.map(escapeMarkdown));
  return [heads, rule, ...body].map((fields) => `| ${fields.join(" | ")} |\n`).join("");
}

/** Text that stays text, in one line: no markup, no cell's end, no mention of anybody. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll(/[\\`*_{}[\]#|~$!]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "&#64;")
    .replaceAll("://", ":&#47;/");
}
