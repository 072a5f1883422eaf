/** Rows of any version as this one can show them, and what had to be done to them. */
import { columnKinds } from "../rows/column-kinds.ts";
import { columns, emptyField, type Row } from "../rows/row.ts";

export interface FoundRows {
  readonly rows: readonly Row[];
  /** All columns to show: those of this version, then those that it does not know. */
  readonly columns: readonly string[];
  /** Sentences for the reader; none when the rows are what this version writes. */
  readonly remarks: readonly string[];
}

/** Which columns hold text; the others hold a number or nothing. */
const texts = new Set(
  columnKinds
    .filter(({ holds }) => holds === "text" || holds === "date-time")
    .map(({ name }) => name),
);

/**
 * Counts and figures are 0 or of a size that something measurable has; an axis has no ticks beyond.
 */
function isFigure(value: unknown): boolean {
  return value === 0 || (typeof value === "number" && value >= 1e-9 && value <= 1e15);
}

/** Missing fields become empty, invalid numbers become "no figure", unknown columns stay. */
export function readAsFound(given: readonly Row[]): FoundRows {
  const names = new Set(given.flatMap((row) => Object.keys(row)));
  const unknown = [...names].filter((name) => !(columns as string[]).includes(name));
  const absent = given.length > 0 ? columns.filter((name) => !names.has(name)) : [];
  let bad = 0;
  const rows = given.map((row) => {
    const found: Record<string, unknown> = { ...row };
    for (const name of columns) {
      const value = found[name];
      if (texts.has(name)) found[name] = typeof value === "string" ? value : emptyField(name);
      else if (!isFigure(value)) {
        if (value !== null && value !== undefined) bad++;
        found[name] = null;
      }
    }
    return found as Row;
  });
  return {
    rows,
    columns: [...columns, ...unknown],
    remarks: [
      unknown.length > 0 &&
        `Columns that this version of iopath does not know stand in the table only: ${unknown.join(", ")}.`,
      absent.length > 0 &&
        `These rows are of an older version, which did not have: ${absent.join(", ")}.`,
      bad > 0 &&
        `${bad} ${bad === 1 ? "field is no number" : "fields are no numbers"} and left empty.`,
    ].filter((text) => text !== false),
  };
}
