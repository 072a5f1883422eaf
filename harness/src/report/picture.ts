/** The blocks of the overview as one picture with headings, for a README or a paper. */
import type { RunEvent } from "../journal.ts";
import { standInsOf } from "../rows.ts";
import { type Figure, figureWidth, openTag, standaloneStyle } from "./figure.ts";
import { escapeHtml, Html } from "./html.ts";
import type { Block } from "./overview-figure.ts";

export const pictureFile = "overview.svg";

const margin = 24;
const gap = 36;
const titleHeight = 78;
const headingHeight = 46;
const noteLine = 16;
/** Letters of a note that fit into a column. */
const noteLetters = 72;

interface Placed {
  readonly block: Block;
  readonly x: number;
  readonly y: number;
}

/** Two columns where there is more than one block, each block in the shorter of them. */
function place(blocks: readonly Block[]): { placed: Placed[]; width: number; height: number } {
  const columns = Math.min(2, blocks.length);
  const bottoms = new Array<number>(columns).fill(titleHeight);
  const placed = blocks.map((block): Placed => {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const y = bottoms[column]!;
    bottoms[column] = y + headingHeight + block.height + margin;
    return { block, x: margin + column * (figureWidth + gap), y };
  });
  const width = 2 * margin + columns * figureWidth + (columns - 1) * gap;
  return { placed, width, height: Math.max(...bottoms) };
}

/** Undefined for a run without rows. */
export function overviewPicture(
  { environment }: RunEvent,
  blocks: readonly Block[],
): Figure | undefined {
  const [first] = blocks;
  if (!first) return undefined;
  const { placed, width, height: bottom } = place(blocks);
  const title = "What one forwarded frame costs";
  const scope = `${environment.cpuModel} · Linux ${environment.kernel}`;
  const notes = standInsOf(blocks.flatMap(({ group }) => group.rows)).flatMap((note) =>
    wrapped(`† ${note}`),
  );
  const classes = [...new Set(blocks.map(({ group }) => group.first.class))].join(", ");
  const description = blocks
    .map(({ figure }) => `${figure.title}. ${figure.description}`)
    .join(" ");
  const text = (x: number, y: number, style: string, content: string) =>
    `<text x="${x}" y="${y}" ${style}>${escapeHtml(content)}</text>`;
  const height = bottom + notes.length * noteLine + (notes.length > 0 ? margin : 0);
  const body = [
    `<rect width="${width}" height="${height}" fill="var(--ground)"/>`,
    text(margin, 36, 'font-size="19" font-weight="650"', title),
    text(margin, 58, 'font-size="12" fill="var(--quiet)"', scope),
    ...placed.map(({ block, x, y }) =>
      [
        text(x, y + 18, 'font-size="13" font-weight="600"', block.heading),
        text(x, y + 36, 'font-size="11" fill="var(--quiet)"', block.scope),
        nested(block.figure, x, y + headingHeight),
      ].join(""),
    ),
    ...notes.map((line, i) =>
      text(margin, bottom + i * noteLine, 'font-size="11" fill="var(--quiet)"', line),
    ),
  ].join("");
  return {
    file: pictureFile,
    title,
    description,
    body,
    inline: new Html(""),
    standalone:
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" fill="currentColor">` +
      `<title>${escapeHtml(`${title} (class ${classes})`)}</title><desc>${escapeHtml(description)}</desc>` +
      `<style>${standaloneStyle}</style>${body}</svg>`,
  };
}

/** Lines of whole words. */
function wrapped(note: string): string[] {
  const lines = [""];
  for (const word of note.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > noteLetters) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function nested({ body }: Figure, x: number, y: number): string {
  return openTag(body, `x="${x}" y="${y}"`, "");
}
