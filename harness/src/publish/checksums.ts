/** `SHA256SUMS` of a folder, as `sha256sum -c` reads it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../output/data-package.ts";
import { writeWhole } from "../output/files.ts";

export const checksumsName = "SHA256SUMS";

export async function writeChecksums(folder: string): Promise<void> {
  const names = readdirSync(folder).filter((name) => name !== checksumsName);
  const lines: string[] = [];
  for (const name of names.sort()) lines.push(`${await sha256Of(join(folder, name))}  ${name}\n`);
  writeWhole(join(folder, checksumsName), lines.join(""));
}
