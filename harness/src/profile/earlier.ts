/**
 * The profile that a cell is compared with, in a folder of an earlier command: of the same cell, or
 * of the one that is the same but for where it ran, such as on which kernel.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { type IommuMode, iommuModes } from "@iopath/lab/guest";
import { ifThere } from "@iopath/native";
import { profileFiles, profilesFolder, readProfileIn } from "./folder.ts";
import type { Profile } from "./profile.ts";

/**
 * @param folder what --out of `iopath profile` or of a run with profiles named, or of one cell
 * @throws IopathError without such a profile, and where several are as near
 */
export function readEarlierProfile(folder: string, cell: string): Profile {
  if (isProfile(folder)) return readProfileIn(folder);
  const profiles = foldersOf(folder).map(readProfileIn);
  const [nearest = []] = [isSame, isSameButKernel, isSameElsewhere]
    .map((isIt) => profiles.filter((one) => isIt(one.cell, cell)))
    .filter((found) => found.length > 0);
  const [found, ...more] = nearest;
  if (found === undefined) {
    throw new IopathError(ExitStatus.usage, `${folder} has no profile of ${cell}`, {
      remedy: `profile that cell there first, on any kernel: \`iopath profile --out ${folder}\``,
    });
  }
  if (more.length === 0) return found;
  const cells = nearest.map((one) => one.cell);
  const message = `${folder} has ${cells.length} profiles to compare ${cell} with: ${cells.join(", ")}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "name the folder of one of them, which lies in that one",
  });
}

/** Of all cells whose profiles lie there, or in that part of a run's folder. */
function foldersOf(folder: string): string[] {
  const places = [folder, join(folder, profilesFolder)];
  const all = places.flatMap((place) =>
    (ifThere(() => readdirSync(place)) ?? []).map((name) => join(place, name)),
  );
  return all.filter(isProfile);
}

function isProfile(folder: string): boolean {
  return existsSync(join(folder, profileFiles.speedscope));
}

function isSame(a: string, b: string): boolean {
  return a === b;
}

/** On the same machine with the same IOMMU. */
export function isSameButKernel(a: string, b: string): boolean {
  const [one, other] = [whereOf(a), whereOf(b)];
  return isSameElsewhere(a, b) && one.machine === other.machine && one.iommu === other.iommu;
}

/** The same path and windows. */
function isSameElsewhere(a: string, b: string): boolean {
  return whereOf(a).rest === whereOf(b).rest;
}

const clock = "/instructions/";

/** "guest/igb/debian:6.12/strict/instructions/…"; kernel and IOMMU are there if they are named. */
function whereOf(cell: string): { machine?: string; iommu?: string; rest: string } {
  const at = cell.indexOf(clock);
  if (at < 0) return { rest: cell };
  const [, machine = "", ...named] = cell.slice(0, at).split("/");
  const iommu = named.findLast((part) => iommuModes.includes(part as IommuMode)) ?? "";
  return { machine, iommu, rest: cell.slice(at + clock.length) };
}
