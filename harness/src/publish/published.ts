/** The runs published in a folder, as the index lists them. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { readResults } from "../files/read-results.ts";
import { resultsJsonName, type StoredRun } from "../files/results-json.ts";
import type { Row } from "../rows/row.ts";
import { checksumsName } from "./checksums.ts";

export interface PublishedRun {
  /** Name of its folder: `<date>-<host>`. */
  readonly name: string;
  readonly host: string;
  readonly run: StoredRun;
  readonly rows: readonly Row[];
}

/** Newest first; unreadable ones are reported and left out. */
export function listPublished(folder: string): { runs: PublishedRun[]; problems: string[] } {
  const runs: PublishedRun[] = [];
  const problems: string[] = [];
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((candidate) => !candidate.startsWith("."))) {
    const place = join(folder, name);
    if (!statSync(place).isDirectory()) continue;
    try {
      runs.push(readPublished(place, name));
    } catch (error) {
      problems.push(explain(error).replaceAll("\n", "; "));
    }
  }
  runs.sort((a, b) => (a.run.startedAt < b.run.startedAt ? 1 : -1));
  return { runs, problems };
}

function readPublished(place: string, name: string): PublishedRun {
  const file = join(place, resultsJsonName);
  const { run, rows } = readResults(file);
  const sums = join(place, checksumsName);
  const line = `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${resultsJsonName}`;
  if (!existsSync(sums) || !readFileSync(sums, "utf8").split("\n").includes(line)) {
    throw new IopathError(ExitStatus.input, `${file} is not what ${sums} says was published`);
  }
  return { name, host: name.replace(/^\d{4}-\d\d-\d\d-/, "").replace(/-\d$/, ""), run, rows };
}
