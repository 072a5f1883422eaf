/** Tables for a terminal, without lines. */
import Table from "cli-table3";

/** A space between two columns. */
export const plainBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

type Align = "left" | "right";

/**
 * The head and a line per row, without blanks at their ends.
 *
 * @param aligns of the columns; to the left where it is not given
 */
export function plainTable(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  aligns: readonly Align[] = [],
): string[] {
  const table = new Table({
    head: [...heads],
    colAligns: [...aligns],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
