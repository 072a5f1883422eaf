/**
 * `iopath publish`: of a run, a folder that can be committed, cited and checked; whole or not there
 * at all.
 */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ExitStatus, IopathError, requireTrouble } from "@iopath/contract";
import { isOrphan, ownedName } from "@iopath/lab";
import { hasCode, isAbsence, notOurs } from "@iopath/native";
import { outputError } from "../errors/output-error.ts";
import { environmentName, makeFolder, type Written, writeWhole } from "../files/files.ts";
import { readResults } from "../files/read-results.ts";
import { resultsJsonName, toResultsJson } from "../files/results-json.ts";
import { samplesName, writeSamplesCsv } from "../files/samples-csv.ts";
import { json, tablesOf, writeTables } from "../files/write.ts";
import { formatMarkdown } from "../present/markdown.ts";
import { writeReport } from "../present/page/write.ts";
import { deriveRows } from "../rows/derive.ts";
import { type JournaledRun, loadJournal } from "../run/earlier-run.ts";
import { sha256Of, writeChecksums } from "./checksums.ts";
import { citationName, toCitation } from "./citation.ts";
import { type Allowances, refuseUnfit } from "./fitness.ts";
import { type Owner, ownerOfThisMachine, withoutPrivate } from "./privacy.ts";
import { publishProfiles } from "./profiles.ts";

export interface PublishOptions {
  /** Where published runs are. */
  readonly to: string;
  /** The machine's name; made from its processor when not given. */
  readonly host?: string;
  readonly author: string;
  readonly allowed: Allowances;
  /** Whose names and folders are taken out; those of this machine when not given. */
  readonly owner?: Owner;
}

/**
 * @param place its folder, its journal, or another file of its folder
 * @returns the folder;
 * @throws IopathError, exit status 8, for a run that is not fit to be published
 */
export async function publishRun(place: string, options: PublishOptions): Promise<string> {
  const found = loadJournal(place);
  refuseUnfit(found, options.allowed);
  const owner = options.owner ?? ownerOfThisMachine();
  const clean = withoutPrivate({ run: found.run, events: found.events }, owner);
  const run = {
    ...found,
    ...clean,
    rows: deriveRows({ run: clean.run, events: [...clean.events] }),
  };
  makeFolder(options.to);
  sweep(options.to);
  const target = targetOf(run, options);
  const temporary = join(options.to, `.${ownedName("publishing")}`);
  try {
    makeFolder(temporary);
    await fill(temporary, run, options.author, owner);
    moveInto(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}

/** Remains of a process that was killed while publishing. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(".") && isOrphan(name.slice(1))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** `<date>-<host>`, and a number where that is another run's. */
function targetOf({ run }: JournaledRun, { to, host }: PublishOptions): string {
  const { cpuModel, cpus } = run.environment;
  const name = `${run.startedAt.slice(0, 10)}-${slug(host ?? `${cpuModel} ${cpus} cpu`)}`;
  for (let i = 1; ; i++) {
    const folder = join(to, i === 1 ? name : `${name}-${i}`);
    if (!existsSync(folder) || isOf(folder, run.runId)) return folder;
  }
}

/** @throws IopathError, exit status 3, where nothing of the text can stand in a folder's name */
function slug(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  if (name !== "") return name;
  throw new IopathError(ExitStatus.usage, `"${text}" is no name for a folder`, {
    remedy: "name the machine with letters and digits: --as my-server",
  });
}

function isOf(folder: string, runId: string): boolean {
  try {
    return readResults(join(folder, resultsJsonName)).run.runId === runId;
  } catch (error) {
    // Of something else, or damaged: never written over.
    const { cause } = requireTrouble(error);
    const wasRead = !(cause instanceof Error && "code" in cause);
    if (wasRead || isAbsence(cause) || hasCode(cause, ...notOurs)) return false;
    throw error;
  }
}

async function fill(
  folder: string,
  run: JournaledRun,
  author: string,
  owner: Owner,
): Promise<void> {
  const at = (name: string) => join(folder, name);
  const { rows, events, journal } = run;
  await writeSamplesCsv(journal, at(samplesName));
  const samples = await compress(at(samplesName));
  // Not the long form: no more than results.csv says, and the largest.
  const { rows: short, wide } = tablesOf(rows);
  writeTables(folder, run.run, { tables: [short, wide], samples });
  writeWhole(at(resultsJsonName), toResultsJson(run.run, rows));
  writeWhole(at(environmentName), json(run.run.environment));
  publishProfiles(folder, run, owner);
  writeReport(folder, { run: run.run, events: [...events] }, rows, { published: true });
  writeWhole(at(citationName), toCitation(run.run, author));
  writeWhole(at("README.md"), readme(run));
  await writeChecksums(folder);
}

/** In place of the file, its compressed form: the samples are most of a run. */
async function compress(file: string): Promise<Written & { path: string }> {
  const compressed = `${file}.gz`;
  try {
    await pipeline(createReadStream(file), createGzip({ level: 9 }), createWriteStream(compressed));
    rmSync(file);
  } catch (cause) {
    throw outputError(compressed, cause);
  }
  const sha256 = await sha256Of(compressed);
  return { path: basename(compressed), bytes: statSync(compressed).size, sha256 };
}

function readme({ run, rows }: JournaledRun): string {
  return `# iopath run ${run.runId}

Page: \`report.html\` (one file; open it from disk). Rows: \`results.csv\`, \`results-wide.csv\`, \`results.json\`. Every
sample: \`samples.csv.gz\`; \`gunzip -k samples.csv.gz\` unpacks it, DuckDB reads it as it is:

    select cell, median(value) from 'samples.csv.gz' group by cell;

\`sha256sum -c SHA256SUMS\` says whether all files are as they were published. How to cite: \`CITATION.cff\`.

${formatMarkdown(rows, run)}`;
}

function moveInto(from: string, target: string): void {
  const old = `${from}-replaced`;
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(from, target);
  } catch (cause) {
    if (!existsSync(target) && existsSync(old)) renameSync(old, target);
    throw outputError(target, cause);
  }
  rmSync(old, { recursive: true, force: true });
}
