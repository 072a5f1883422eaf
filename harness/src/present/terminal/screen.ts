/** What is written to: how wide it is, and whether it shows colours. */
import { styleText } from "node:util";

export interface Screen {
  /** In characters; Infinity where nothing needs to fit, as in a file. */
  readonly width: number;
  readonly color: boolean;
}

/** A pipe, a file: nothing is cut off, nothing is coloured. */
export const paper: Screen = { width: Number.POSITIVE_INFINITY, color: false };

/** Where nobody has set the terminal's size, as in a container or under expect(1). */
const usualColumns = 80;
const usualRows = 24;

/** `hasColors` honours NO_COLOR, FORCE_COLOR and TERM. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  if (!stream.isTTY) return paper;
  return { width: stream.columns || usualColumns, color: stream.hasColors() };
}

/**
 * Whether lines that were written can be written over; a terminal of type `dumb` knows no such
 * codes.
 */
export function canMoveCursor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env.TERM !== "dumb";
}

/** Gives a terminal of 0 columns or rows the usual size, for code that divides by it. */
export function requireSize(stream: NodeJS.WriteStream): void {
  stream.columns ||= usualColumns;
  stream.rows ||= usualRows;
}

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export function painter({ color }: Screen): Paint {
  return (style, text) =>
    color && text !== "" ? styleText(style, text, { validateStream: false }) : text;
}

/** Text that others wrote, in one line and without anything that moves a cursor. */
export function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
}

/** Cut where it does not fit. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Prose in lines that fit, parted between words. */
export function wrapWords(text: string, width: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = [lines.at(-1), word].filter(Boolean).join(" ");
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean).join("\n");
}
