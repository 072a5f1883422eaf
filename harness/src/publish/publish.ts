/**
 * `iopath publish`: of a run, a folder that can be committed, cited and checked; whole or not there
 * at all.
 */
import { createReadStream, createWriteStream, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { outputError } from "../errors/output-error.ts";
import { environmentName, type Written, writeWhole } from "../files/files.ts";
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
import { publishFolder } from "./folder.ts";
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
  const { to, host, author } = options;
  return await publishFolder({
    ...{ to, host, run: run.run },
    runIdOf: (folder) => readResults(join(folder, resultsJsonName)).run.runId,
    fill: (folder) => fill(folder, run, author, owner),
  });
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
