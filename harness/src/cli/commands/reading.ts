/** Commands that read what earlier runs wrote: show, compare, publish. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Command, Option } from "commander";
import { latest } from "../../files/latest.ts";
import { text, widest } from "../flags/parse.ts";
import type { Answer, PublishPlan } from "../plan.ts";

export function addReadingCommands(program: Command, answer: Answer): void {
  program
    .command("show")
    .description("print the table of an earlier run again")
    .argument("[folder]", "its results, published or not", latest)
    .option("--markdown", "as Markdown, for a pull request")
    .option("--rewrite", "rewrite all files of the run from its journal")
    .action((place: string, { markdown = false, rewrite = false }: ShowFlags) =>
      answer({ does: "show", place, markdown, rewrite }),
    );
  program
    .command("compare")
    .description("set runs side by side, cell by cell, each against the first")
    .argument("<run...>", "results of two runs or more, published or not")
    .addOption(new Option("--by <what>", "compare the kernels of one run").choices(["kernel"]))
    .option("--markdown", "as Markdown, for a pull request")
    .option("--page <file>", "write a page to look at as well", text)
    .action((places: string[], { markdown = false, page, by }: CompareFlags) => {
      if (by !== undefined && places.length !== 1) refuseSeveral(by, places.length);
      return answer({ does: "compare", places, markdown, page, by });
    });
  program
    .command("publish")
    .description("make a folder of a run that can be committed and cited; nothing private in it")
    .argument("[folder]", `its results (default: "${latest}")`)
    .option("--to <folder>", "where published runs are", text, "results/published")
    .option("--as <host>", "what to call the machine; its host name is never told", text)
    .option("--author <name>", "who is to be cited", text, "The iopath authors")
    .option("--allow-dirty", "though tracked files differed from the revision")
    .option("--allow-unverified", "though cells failed, were cut or not verified")
    .option("--width <percent>", "though intervals of speed-ups are so wide", widest, 10)
    .option("--index", "only rebuild the index of the runs that are published")
    .action((folder: string | undefined, flags: PublishFlags) =>
      answer(planPublish(folder, flags)),
    );
}

interface ShowFlags {
  readonly markdown?: boolean;
  readonly rewrite?: boolean;
}

interface CompareFlags {
  readonly markdown?: boolean;
  readonly page?: string;
  readonly by?: "kernel";
}

interface PublishFlags {
  readonly to: string;
  readonly as?: string;
  readonly author: string;
  readonly allowDirty?: boolean;
  readonly allowUnverified?: boolean;
  readonly width: number;
  readonly index?: boolean;
}

function planPublish(folder: string | undefined, flags: PublishFlags): PublishPlan {
  const { to, as: host, author, allowDirty: dirty = false, allowUnverified = false } = flags;
  if (!flags.index) {
    const allowed = { dirty, unverified: allowUnverified, width: flags.width / 100 };
    return { does: "publish", run: { place: folder ?? latest, host, author, allowed }, to };
  }
  if (folder === undefined) return { does: "publish", run: undefined, to };
  const message = `folder ${folder} has no effect with --index, which publishes no run`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: `leave out ${folder}, or --index; \`--to ${folder}\` names where published runs are`,
  });
}

function refuseSeveral(by: string, count: number): never {
  throw new IopathError(ExitStatus.usage, `--by ${by} compares within one run, not ${count}`, {
    remedy: "name one run, or leave out --by",
  });
}
