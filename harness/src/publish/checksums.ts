/** `SHA256SUMS` of a folder and those in it, as `sha256sum -c` reads it. */
import { createHash } from "node:crypto";
import { createReadStream, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { writeWhole } from "../files/files.ts";

export const checksumsName = "SHA256SUMS";

export async function writeChecksums(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((name) => name !== checksumsName);
  const lines: string[] = [];
  for (const name of names.sort()) lines.push(`${await sha256Of(join(folder, name))}  ${name}\n`);
  writeWhole(join(folder, checksumsName), lines.join(""));
}

/** Hexadecimal SHA-256 of a file. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}
