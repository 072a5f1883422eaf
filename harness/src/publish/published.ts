/** The runs published in a folder, as the index lists them. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { readResults } from "../files/read-results.ts";
import { resultsJsonName, type StoredRun } from "../files/results-json.ts";
import {
  type OpenLoopRun,
  openLoopFileAt,
  openLoopJsonName,
  readOpenLoop,
} from "../open-loop/report/json.ts";
import type { Row } from "../rows/row.ts";
import { checksumsName } from "./checksums.ts";

export interface PublishedRun {
  /** Name of its folder: `<date>-<host>`. */
  readonly name: string;
  readonly host: string;
  readonly run: StoredRun;
  readonly rows: readonly Row[];
}

export interface PublishedSearches extends OpenLoopRun {
  readonly name: string;
}

interface Published {
  readonly runs: PublishedRun[];
  readonly searches: PublishedSearches[];
  readonly problems: string[];
}

/** Newest first; unreadable ones are reported and left out. */
export function listPublished(folder: string): Published {
  const runs: PublishedRun[] = [];
  const searches: PublishedSearches[] = [];
  const problems: string[] = [];
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((candidate) => !candidate.startsWith("."))) {
    const place = join(folder, name);
    if (!statSync(place).isDirectory()) continue;
    try {
      if (openLoopFileAt(place) === undefined) runs.push(readPublished(place, name));
      else searches.push(readSearches(place, name));
    } catch (error) {
      problems.push(explain(error).replaceAll("\n", "; "));
    }
  }
  for (const list of [runs, searches]) list.sort(newestFirst);
  return { runs, searches, problems };
}

type Started = Pick<PublishedSearches, "name"> & { readonly run: { readonly startedAt: string } };

function newestFirst(a: Started, b: Started): number {
  return a.run.startedAt < b.run.startedAt ? 1 : -1;
}

function readSearches(place: string, name: string): PublishedSearches {
  const file = join(place, openLoopJsonName);
  const found = readOpenLoop(file);
  requireAsPublished(place, openLoopJsonName);
  return { name, ...found };
}

function readPublished(place: string, name: string): PublishedRun {
  const file = join(place, resultsJsonName);
  const { run, rows } = readResults(file);
  requireAsPublished(place, resultsJsonName);
  return { name, host: name.replace(/^\d{4}-\d\d-\d\d-/, "").replace(/-\d$/, ""), run, rows };
}

/** @throws IopathError, exit status 5, for a file that its folder's checksums do not know */
function requireAsPublished(place: string, name: string): void {
  const file = join(place, name);
  const sums = join(place, checksumsName);
  const line = `${createHash("sha256").update(readFileSync(file)).digest("hex")}  ${name}`;
  if (!existsSync(sums) || !readFileSync(sums, "utf8").split("\n").includes(line)) {
    throw new IopathError(ExitStatus.input, `${file} is not what ${sums} says was published`);
  }
}
