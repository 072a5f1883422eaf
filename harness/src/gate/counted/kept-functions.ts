/**
 * What each function of a cell executed when the baseline was made: a CSV per cell, in a folder
 * beside it. A gate that fails tells by them what got dearer.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { CsvLines } from "../../files/csv.ts";
import { makeFolder, writeWhole } from "../../files/files.ts";
import type { OwnCost } from "../../profile/difference.ts";
import { folderOfCell } from "../../profile/folder.ts";
import { type Baseline, folderBeside } from "../baseline.ts";

/** Those that execute less, per frame, are left out: what fails a gate is more. */
export const ownMin = 0.5;

const columns = ["function", "object", "own_per_frame"] as const;
const stored = z.object({
  function: z.string(),
  object: z.string(),
  own_per_frame: z.coerce.number().positive(),
});

function nameOf(cell: string): string {
  return `${folderOfCell(cell)}.csv`;
}

/** Undefined where the baseline has none of the cell, or none that can be read. */
export function readKept(baseline: Baseline, cell: string): OwnCost[] | undefined {
  const text = baseline.beside(nameOf(cell));
  return text === undefined ? undefined : parseKept(text);
}

function parseKept(text: string): OwnCost[] | undefined {
  const records = z.array(stored).safeParse(parse(text, { columns: true }));
  return records.data?.map(({ function: name, object, own_per_frame: own }) => {
    return { frame: { name, object }, own };
  });
}

/** @param costs per cell; cells whose functions are not known lose what was kept of them */
export function keepFunctions(
  baseline: string,
  costs: ReadonlyMap<string, Iterable<OwnCost> | undefined>,
): void {
  const folder = folderBeside(baseline);
  for (const [cell, own] of costs) {
    const file = join(folder, nameOf(cell));
    if (own) {
      makeFolder(folder);
      writeWhole(file, formatKept(own));
    } else {
      rmSync(file, { force: true });
    }
  }
}

function formatKept(costs: Iterable<OwnCost>): string {
  const lines = new CsvLines();
  const large = [...costs].filter(({ own }) => own >= ownMin);
  const rows = large.map(({ frame, own }) =>
    lines.line([frame.name, frame.object, Number(own.toFixed(2))]),
  );
  return [lines.line(columns), ...rows].join("");
}
