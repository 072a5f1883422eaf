/** `iopath publish` of a run of searches: its files in a folder that can be committed and cited. */
import { join } from "node:path";
import { writeWhole } from "../files/files.ts";
import { type OpenLoopRun, openLoopJsonName, readOpenLoop } from "../open-loop/report/json.ts";
import { type SearchedCell, searchedCells } from "../open-loop/report/over-searches.ts";
import { openLoopMarkdown } from "../present/open-loop/markdown.ts";
import { writeSearches } from "../present/open-loop/write.ts";
import { writeChecksums } from "./checksums.ts";
import { citationName, toCitation } from "./citation.ts";
import { type Allowances, dirtOf, refuse } from "./fitness.ts";
import { publishFolder } from "./folder.ts";
import { newCleaner, type Owner, ownerOfThisMachine } from "./privacy.ts";
import type { PublishOptions } from "./publish.ts";

const title = "How many frames per second Linux I/O paths forward, and how late";
/** Of a folder's name, so that a run of the same day and machine stands beside it. */
const suffix = "-open-loop";

/**
 * @param file its open-loop.json
 * @returns the folder
 * @throws IopathError, exit status 8, for a run that is not fit to be published
 */
export async function publishSearches(file: string, options: PublishOptions): Promise<string> {
  const found = readOpenLoop(file);
  refuseUnfitSearches(found, options.allowed);
  const clean = withoutPrivate(found, options.owner ?? ownerOfThisMachine());
  const { to, host, author } = options;
  return await publishFolder({
    ...{ to, host, suffix, run: clean.run },
    runIdOf: (folder) => readOpenLoop(join(folder, openLoopJsonName)).run.runId,
    fill: (folder) => fill(folder, clean, author),
  });
}

async function fill(folder: string, found: OpenLoopRun, author: string): Promise<void> {
  writeSearches(folder, found);
  writeWhole(join(folder, citationName), toCitation(found.run, author, title));
  writeWhole(join(folder, "README.md"), readme(found));
  await writeChecksums(folder);
}

function readme(found: OpenLoopRun): string {
  return `# iopath searches ${found.run.runId}

Page: \`open-loop.html\` (one file; open it from disk). Rows: \`open-loop.csv\`, \`open-loop-latency.csv\`,
\`open-loop-trials.csv\`; all of it: \`open-loop.json\`. \`sha256sum -c SHA256SUMS\` says whether all files are as they were
published. How to cite: \`CITATION.cff\`.

${openLoopMarkdown(found)}`;
}

/** @throws IopathError, exit status 8, that names every reason and the flag that overrules it */
function refuseUnfitSearches({ run, rows }: OpenLoopRun, allowed: Allowances): void {
  const cells = searchedCells(rows);
  const dirt = allowed.dirty ? [] : dirtOf(run.environment);
  const failed = cells.filter(({ first }) => first.status === "failed");
  const doubts = [
    ...(rows.some(({ status }) => status === "measured") ? [] : ["no search of it has a figure"]),
    ...(failed.length === 0 ? [] : [`failed: ${failed.map(({ name }) => name).join(", ")}`]),
  ];
  const untold = allowed.unverified ? [] : doubts;
  const wide = cells.filter((cell) => widthOf(cell) > allowed.width);
  const percent = Math.round(1000 * allowed.width) / 10;
  const widest = Math.ceil(100 * Math.max(0, ...cells.map(widthOf)));
  refuse(
    run.runId,
    [
      ...dirt,
      ...untold,
      ...wide.map(({ name }) => `interval of NDR or PDR wider than ${percent} %: ${name}`),
    ],
    [
      dirt.length > 0 && "--allow-dirty",
      untold.length > 0 && "--allow-unverified",
      wide.length > 0 && `--width ${widest}`,
    ],
  );
}

/** The wider of NDR and PDR, by its median; one that is open above is a limit, no interval. */
function widthOf({ ndr, pdr }: SearchedCell): number {
  const widths = [ndr, pdr].flatMap(({ median, low, high }) =>
    median === null || low === null || high === null ? [] : [(high - low) / median],
  );
  return Math.max(0, ...widths);
}

/** Without what programs wrote of the owner's machine, and what git said. */
function withoutPrivate(found: OpenLoopRun, owner: Owner): OpenLoopRun {
  const clean = newCleaner(owner, []);
  const environment = { ...found.run.environment, revisionProblem: "" };
  return {
    ...found,
    run: { ...found.run, environment, notes: found.run.notes.map(clean) },
    rows: found.rows.map((row) => ({ ...row, reason: clean(row.reason) })),
    trials: found.trials.map((trial) => ({ ...trial, invalid: clean(trial.invalid) })),
  };
}
