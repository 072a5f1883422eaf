/** Blocks of figures as one picture with headings, for a README or a paper. */

import type { RunEvent } from "../../journal/events.ts";
import { standInsOf } from "../../rows/derive.ts";
import type { Group } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { escapeHtml, Html } from "../html.ts";
import { type Figure, openTag, standaloneStyle } from "./figure.ts";

/** A figure of one group, with what has to be said above it. */
export interface Block {
  readonly group: Group;
  readonly figure: Figure;
  /** "virtual · host · ns/frame". */
  readonly heading: string;
  /** "64-byte frames · window 1 in outline, 64 full". */
  readonly scope: string;
  /** What chooses its rows in the page's table. */
  readonly filter: string;
  /** The rows that are drawn. */
  readonly rows: readonly Row[];
  /** In units of the drawing. */
  readonly width: number;
  readonly height: number;
}

interface Frame {
  /** "overview.svg". */
  readonly file: string;
  readonly title: string;
  /** How to read it, a line each. */
  readonly notes: readonly string[];
  readonly columnsMax: number;
}

const margin = 24;
const gap = 36;
const titleHeight = 78;
const headingHeight = 46;
const noteLine = 16;
/** Of a letter of a note, about. */
const noteLetterWidth = 6.4;

interface Placed {
  readonly block: Block;
  readonly x: number;
  readonly y: number;
}

/** As many columns as may be, each block in the shortest of them. */
function place(blocks: readonly Block[], columnsMax: number) {
  const columns = Math.min(columnsMax, blocks.length);
  const blockWidth = Math.max(...blocks.map((block) => block.width));
  const bottoms = new Array<number>(columns).fill(titleHeight);
  const placed = blocks.map((block): Placed => {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const y = bottoms[column]!;
    bottoms[column] = y + headingHeight + block.height + margin;
    return { block, x: margin + column * (blockWidth + gap), y };
  });
  const width = 2 * margin + columns * blockWidth + (columns - 1) * gap;
  return { placed, width, height: Math.max(...bottoms) };
}

/** Undefined without blocks: a run without rows. */
export function picture(
  { environment }: RunEvent,
  blocks: readonly Block[],
  frame: Frame,
): Figure | undefined {
  if (blocks.length === 0) return undefined;
  const { placed, width, height: bottom } = place(blocks, frame.columnsMax);
  const { title } = frame;
  const scope = `${environment.cpuModel} · Linux ${environment.kernel}`;
  const rows = blocks.flatMap((block) => block.rows);
  const notes = [...frame.notes, ...standInsOf(rows).map((text) => `† ${text}`)].flatMap((note) =>
    wrapped(note, (width - 2 * margin) / noteLetterWidth),
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
        text(x, y + 36, 'font-size="12" fill="var(--quiet)"', block.scope),
        nested(block.figure, x, y + headingHeight),
      ].join(""),
    ),
    ...notes.map((line, i) =>
      text(margin, bottom + i * noteLine, 'font-size="12" fill="var(--quiet)"', line),
    ),
  ].join("");
  return {
    file: frame.file,
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
function wrapped(note: string, letters: number): string[] {
  const lines = [""];
  for (const word of note.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > letters) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function nested({ body }: Figure, x: number, y: number): string {
  return openTag(body, `x="${x}" y="${y}"`, "");
}
