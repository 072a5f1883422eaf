/** Commands that read what earlier runs wrote: show, compare, publish. */
import type { Command } from "commander";
import { latest } from "../files/files.ts";

export function addReadingCommands(program: Command): void {
  program
    .command("show")
    .description("print the table of an earlier run again")
    .argument("[folder]", "its results, published or not", latest)
    .option("--markdown", "as Markdown, for a pull request")
    .option("--rewrite", "write all files of the run anew, from its journal")
    .action(showAction);
  program
    .command("compare")
    .description("set runs side by side, cell by cell, each against the first")
    .argument("<run...>", "results of two runs or more, published or not")
    .option("--markdown", "as Markdown, for a pull request")
    .option("--page <file>", "write a page to look at as well")
    .action(compareAction);
  program
    .command("publish")
    .description("make a folder of a run that can be committed and cited; nothing private in it")
    .argument("[folder]", "its results", latest)
    .option("--to <folder>", "where published runs are", "results/published")
    .option("--as <host>", "what to call the machine; its host name is never told")
    .option("--author <name>", "who is to be cited", "The iopath authors")
    .option("--allow-dirty", "though tracked files differed from the revision")
    .option("--allow-unverified", "though cells failed, were cut or not verified")
    .option("--index", "only rebuild the index of the runs that are published")
    .action(publishAction);
}

async function showAction(
  folder: string,
  flags: { markdown?: boolean; rewrite?: boolean },
): Promise<void> {
  const { rewriteResults, showRun } = await import("./show.ts");
  if (flags.rewrite) await rewriteResults(folder);
  const { screenOf } = await import("../present/terminal/screen.ts");
  process.stdout.write(showRun(folder, { ...flags, screen: screenOf(process.stdout) }));
}

async function compareAction(
  places: string[],
  flags: { markdown?: boolean; page?: string },
): Promise<void> {
  const { compareRuns } = await import("../compare/compare.ts");
  const { comparisonMarkdown, formatComparison } = await import("../compare/text.ts");
  const { loadRun } = await import("../run/earlier-run.ts");
  const comparison = compareRuns(places.map(loadRun));
  const text = flags.markdown ? comparisonMarkdown(comparison) : formatComparison(comparison);
  process.stdout.write(`${text}\n`);
  if (flags.page === undefined) return;
  const { comparisonPage } = await import("../compare/page.ts");
  const { writeWhole } = await import("../files/files.ts");
  writeWhole(flags.page, comparisonPage(comparison));
  process.stderr.write(`written: ${flags.page}\n`);
}

interface PublishFlags {
  readonly to: string;
  readonly as?: string;
  readonly author: string;
  readonly allowDirty?: boolean;
  readonly allowUnverified?: boolean;
  readonly index?: boolean;
}

async function publishAction(folder: string, flags: PublishFlags): Promise<void> {
  const { publishRun } = await import("../publish/publish.ts");
  const { rebuildIndex } = await import("../publish/index-page.ts");
  const { to, author, allowDirty: dirty = false, allowUnverified: unverified = false } = flags;
  if (!flags.index) {
    const options = { to, author, allowed: { dirty, unverified } };
    const made = await publishRun(folder, flags.as ? { ...options, host: flags.as } : options);
    process.stdout.write(`published: ${made}\n`);
  }
  const { file, problems } = rebuildIndex(to);
  for (const problem of problems) process.stderr.write(`left out of the index: ${problem}\n`);
  process.stdout.write(`index: ${file}\n`);
}
