/**
 * Which names can stand in a CSV and be read as what they are, by whatever reads it: as text, and
 * as a part of a cell's id and of a list in a flag.
 */

/**
 * What readers take for a missing value when nobody tells them otherwise: pandas, R, MATLAB, csvkit
 * (whatever the case); spreadsheets show some as an error.
 */
const missing = new Set(
  [
    ...["", ".", "-", "?", "NA", "N/A", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "-NaN"],
    ...["None", "Null", "Nil", "NaT", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N"],
  ].map((word) => word.toLowerCase()),
);

/** What they take for a truth value. */
const truths = new Set(["true", "false", "yes", "no", "on", "off", "t", "f", "y", "n"]);

const number = /^[+-]?(\d[\d_,.]*(e[+-]?\d+)?|\.\d+|inf(inity)?|0x[\da-f]+)%?$/i;
const month = "(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*";
/** "1-2", "3/4", "10:30", "mar-1", "1-mar": spreadsheets make dates and times of them. */
const date = new RegExp(`^(\\d+[-/:.]\\d+([-/:.]\\d+)?|${month}[- ]?\\d+|\\d+[- ]?${month})$`, "i");

/** What a reader of CSV would make of a text that is one; undefined where it stays text. */
export function misreadAs(text: string): string | undefined {
  if (missing.has(text.toLowerCase())) return "a missing value";
  if (truths.has(text.toLowerCase())) return "true or false";
  if (date.test(text)) return "a date or a time";
  if (number.test(text)) return "a number";
  return /^[=+\-@\t\r]/.test(text) ? "a formula" : undefined;
}

/** What keeps a path or a variant from having such a name, in words. */
export function problemOfName(name: string): string | undefined {
  const read = misreadAs(name);
  if (read !== undefined) return `what reads a CSV takes that for ${read}`;
  if (/^[A-Za-z][\w.-]*$/.test(name)) return undefined;
  return "a name is letters, digits, dots, hyphens and underscores, and begins with a letter";
}
