/** The files of a run. Each is written whole under another name and then renamed: never half a file. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { outputError } from "./journal.ts";
import { columns, type Row, rowSchema } from "./row.ts";

export const journalName = "journal.jsonl";
export const csvName = "results.csv";
export const environmentName = "environment.json";

/** Makes the folder and those above it; an error says what can't be written. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  // One by one: Node's own `recursive` never comes back from a file system that takes no folders.
  makeFolder(dirname(resolve(folder)));
  try {
    mkdirSync(folder);
  } catch (cause) {
    throw outputError(folder, cause);
  }
}

/** RFC 4180, numbers with a point and no grouping, an empty field where there is no figure. */
export function toCsv(rows: readonly Row[]): string {
  for (const row of rows) rowSchema.parse(row); // a fault of ours would be published otherwise
  return stringify(rows as Row[], {
    header: true,
    columns,
    record_delimiter: "windows",
    escape_formulas: true,
  });
}

export function writeWhole(file: string, text: string): void {
  const temporary = join(dirname(file), `.${process.pid}.tmp`);
  try {
    const fd = openSync(temporary, "w");
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw outputError(file, cause);
  }
}
