/** Where profiles lie: a folder per cell, of which one file has all and is read again. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { ifThere } from "@iopath/native";
import type { Profile } from "./profile.ts";
import { parseSpeedscope } from "./speedscope.ts";

export const profileFiles = {
  page: "flame.html",
  svg: "flame.svg",
  folded: "stacks.folded",
  speedscope: "profile.speedscope.json",
  functions: "functions.csv",
} as const;

/** Of a run, beside its page. */
export const profilesFolder = "profiles";

/** "guest/igb/…" → "guest-igb-…" */
export function folderOfCell(cell: string): string {
  return cell.replaceAll(/[^\w.]+/g, "-");
}

/** Of an earlier run in the same folder, those that are not of this one. */
export function removeOtherProfiles(run: string, cells: Iterable<string>): void {
  const folder = join(run, profilesFolder);
  const current = new Set([...cells].map(folderOfCell));
  for (const name of ifThere(() => readdirSync(folder)) ?? []) {
    const isOurs = existsSync(join(folder, name, profileFiles.speedscope));
    if (isOurs && !current.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}

/**
 * The profile of a cell that an earlier command wrote.
 *
 * @param folder what its --out named
 * @throws IopathError without a profile of the cell
 */
export function readProfile(folder: string, cell: string): Profile {
  const place = join(folder, folderOfCell(cell));
  if (existsSync(join(place, profileFiles.speedscope))) return readProfileIn(place);
  throw new IopathError(ExitStatus.usage, `${folder} has no profile of ${cell}`, {
    remedy: `profile that cell there first: \`iopath profile --out ${folder}\``,
  });
}

/** @param folder of one cell, with a profile in it */
export function readProfileIn(folder: string): Profile {
  const file = join(folder, profileFiles.speedscope);
  return parseSpeedscope(readFileSync(file, "utf8"), file);
}
