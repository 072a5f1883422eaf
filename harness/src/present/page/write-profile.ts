/** Writes the files of a profile into the folder of its cell. */
import { join } from "node:path";
import { CsvLines } from "../../files/csv.ts";
import { makeFolder, writeWhole } from "../../files/files.ts";
import { callTreeOf } from "../../profile/call-tree.ts";
import { formatFolded } from "../../profile/folded.ts";
import { folderOfCell, profileFiles } from "../../profile/folder.ts";
import { functionCosts } from "../../profile/functions.ts";
import { type Profile, spaceOf, totalOf } from "../../profile/profile.ts";
import { formatSpeedscope } from "../../profile/speedscope.ts";
import { flameSvg } from "../figures/flame-figure.ts";
import { flamePage } from "./flame-page.ts";

interface ProfileToWrite {
  readonly profile: Profile;
  /** What the page compares it with. */
  readonly before: Profile | undefined;
  /** "iopath 0.1.0" */
  readonly exporter: string;
}

/** @returns the cell's folder; @throws IopathError, exit status 6, when it can't be written */
export function writeProfile(out: string, { profile, before, exporter }: ProfileToWrite): string {
  const folder = join(out, folderOfCell(profile.cell));
  makeFolder(folder);
  const write = (name: string, text: string) => writeWhole(join(folder, name), text);
  write(profileFiles.folded, formatFolded(profile));
  write(profileFiles.speedscope, formatSpeedscope(profile, exporter));
  write(profileFiles.functions, functionsCsv(profile));
  write(profileFiles.svg, flameSvg(callTreeOf(profile), titleOf(profile)));
  write(profileFiles.page, flamePage(profile, before, profileFiles));
  return folder;
}

function titleOf({ cell, stacks, window }: Profile): string {
  const perFrame = totalOf({ stacks }) / window;
  return `${cell}: ${perFrame.toFixed(1)} instructions per frame`;
}

function functionsCsv(profile: Profile): string {
  const lines = new CsvLines();
  const head = ["function", "object", "space", "own_per_frame", "inclusive_per_frame"];
  const rows = functionCosts(profile).map(({ frame, own, inclusive }) =>
    lines.line([frame.name, frame.object, spaceOf(frame), own, inclusive]),
  );
  return [lines.line(head), ...rows].join("");
}
