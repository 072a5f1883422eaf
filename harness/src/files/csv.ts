/**
 * CSV as csv-stringify writes it (RFC 4180), made for fields that are numbers or texts that come
 * again and again.
 */
import { type Options, stringify } from "csv-stringify/sync";

/**
 * A field that a spreadsheet would take for a formula gets an apostrophe before it. One with half a
 * line end in it is quoted like one with a whole: readers end a line at either.
 */
const options = {
  record_delimiter: "windows",
  escape_formulas: true,
  quoted_match: /[\r\n]/,
} satisfies Options;
const lineEnd = "\r\n";

export type Field = string | number | null;

/** Quotes each text once: ten thousand rows have few different ones, and numbers need no quotes. */
export class CsvLines {
  readonly #quoted = new Map<string, string>();

  /** One line with its end; null is an empty field. */
  line(fields: readonly Field[]): string {
    return this.fields(fields) + lineEnd;
  }

  /** The same without the end, to which fields of numbers can be added. */
  fields(fields: readonly Field[]): string {
    return fields.map((field) => this.#field(field)).join(",");
  }

  #field(field: Field): string {
    if (field === null) return "";
    if (typeof field === "number") return String(field);
    const known = this.#quoted.get(field);
    if (known !== undefined) return known;
    const quoted = stringify([[field]], options).slice(0, -lineEnd.length);
    this.#quoted.set(field, quoted);
    return quoted;
  }
}
