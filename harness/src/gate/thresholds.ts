/** From which relative difference on a cell's figure counts as changed. */
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { z } from "zod";
import { cellToday } from "../paths/earlier-names.ts";

/** 1 %: well above the run-to-run spread of instructions per frame. */
export const withinDefault = 0.01;

const within = z.number().positive().max(10);

/**
 * Relative differences: 0.01 is 1 %. Keys of `cells` are parts of cell ids between slashes ("xdp",
 * "xdp/native", a whole id); the longest that fits counts.
 */
export const thresholdsSchema = z.strictObject({
  within: within.default(withinDefault),
  cells: z.record(z.string(), within).default({}),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
export type ThresholdsInput = z.input<typeof thresholdsSchema>;

/** What a config file exports as `gate`. @throws IopathError, exit status 4 */
export async function loadThresholds(file: string): Promise<Thresholds> {
  let found: unknown;
  try {
    await access(file);
    found = ((await import(pathToFileURL(resolve(file)).href)) as { gate?: unknown }).gate;
  } catch (cause) {
    throw new IopathError(ExitStatus.config, `config ${file} can't be read: ${explain(cause)}`);
  }
  const parsed = thresholdsSchema.safeParse(found ?? {});
  if (parsed.success) return { ...parsed.data, cells: keysToday(parsed.data.cells) };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new IopathError(ExitStatus.config, `config ${file}: gate is wrong: ${problems.join("; ")}`);
}

function keysToday(cells: Thresholds["cells"]): Thresholds["cells"] {
  return Object.fromEntries(Object.entries(cells).map(([key, one]) => [cellToday(key), one]));
}

export function thresholdOf({ within, cells }: Thresholds, cell: string): number {
  const fitting = Object.keys(cells).filter((key) => `/${cell}/`.includes(`/${key}/`));
  const longest = fitting.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? within : cells[longest]!;
}
