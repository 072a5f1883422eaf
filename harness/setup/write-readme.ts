/**
 * Puts the picture and the tables of a published run into the README:
 *
 *     npm run readme -- results/published/2026-11-25-epyc
 */
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { writeWhole } from "../src/files/files.ts";
import { readResults } from "../src/files/read-results.ts";
import { resultsJsonName } from "../src/files/results-json.ts";
import { replaceFigures } from "./readme-block.ts";

const root = resolve(import.meta.dirname, "../..");

try {
  const folder = folderOf(process.argv[2]);
  const file = join(root, "README.md");
  const published = readResults(join(root, folder, resultsJsonName));
  writeWhole(file, replaceFigures(readFileSync(file, "utf8"), folder, published));
  process.stdout.write(`README.md has the figures of ${folder}\n`);
} catch (error) {
  if (!(error instanceof IopathError)) throw error;
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error.exitStatus;
}

/** As the README links to it: a folder of this checkout. */
function folderOf(given: string | undefined): string {
  const folder = given === undefined ? undefined : relative(root, resolve(given));
  if (folder && !folder.startsWith("..")) return folder;
  const remedy = "npm run readme -- results/published/<date>-<host>";
  throw new IopathError(ExitStatus.usage, "name the folder of a published run in this checkout", {
    remedy,
  });
}
