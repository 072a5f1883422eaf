/** `iopath search`: its flags, and the plan that these come down to. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Command, Option } from "commander";
import { axes } from "../../matrix/axes.ts";
import { type ProfileName, profiles } from "../../open-loop/profile.ts";
import { type WaitFlags, withWaitFlag } from "../flags/options.ts";
import { positive, text, valuesOf } from "../flags/parse.ts";
import type { Answer, SearchPlan } from "../plan.ts";
import { addPathsOf } from "./own-paths.ts";

interface SearchFlags extends WaitFlags {
  readonly config?: string;
  readonly profile: ProfileName;
  readonly frameBytes: readonly unknown[];
  readonly burst: number;
  readonly workload?: string;
  readonly searches: number;
  readonly realtime?: boolean;
  readonly out: string;
}

const { flag: frameBytes } = axes.frameBytes;
const burstDefault = 64;

export function addSearchCommand(program: Command, answer: Answer): void {
  const search = program
    .command("search")
    .description(
      "find how many frames per second get through, and how late: iopath search PATH/VARIANT",
    )
    .argument("<variants...>", "PATH/VARIANT, one or several")
    .option("--config <file>", "with the paths of your own that this config names", text)
    .addOption(
      new Option("--profile <name>", "how thoroughly: rfc2544-strict has trials of a minute")
        .choices(Object.keys(profiles))
        .default("quick"),
    )
    .option(frameBytes.option, frameBytes.help, valuesOf(frameBytes), [64])
    .option(
      "--burst <frames>",
      "most frames that the forwarder takes at once",
      positive,
      burstDefault,
    )
    .option("--workload <name>", "what is done to each frame", text)
    .option(
      "--searches <count>",
      "searches of each variant and size, to see how far they agree",
      positive,
      1,
    )
    .option("--realtime", "take both CPUs from all else while frames are sent (SCHED_FIFO)")
    .option("--out <folder>", "where the results go", text, "results/open-loop");
  withWaitFlag(search).action(async (variants: string[], flags: SearchFlags) =>
    answer(await planSearch(variants, flags)),
  );
}

async function planSearch(given: string[], flags: SearchFlags): Promise<SearchPlan> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const { findPath, findVariant, testerOnly } = await import("../../paths/all.ts");
  const { findWorkload } = await import("../../workloads/known.ts");
  if (flags.config !== undefined) await addPathsOf(flags.config);
  const { profile, burst, searches, realtime = false, out, wait: waitMinutes } = flags;
  const variants = [...new Set(given.map(cellToday))].map((name) => {
    const [path = "", ...rest] = name.split("/");
    const variant = rest.join("/");
    if (path === testerOnly) throw noForwarderError();
    if (variant === "") throw namelessError(name, findPath(path).variants);
    findVariant(findPath(path), variant);
    return { path, variant };
  });
  const sizes = flags.frameBytes.filter((size) => typeof size === "number");
  if (sizes.length < flags.frameBytes.length) throw mixError();
  const workload = findWorkload(flags.workload).name;
  return {
    ...{ does: "search", variants, profile, frameBytes: sizes, burst, workload },
    ...{ searches, realtime, out, waitMinutes },
  };
}

function noForwarderError(): IopathError {
  const message = "the tester alone has no rate to search for";
  const remedy = "name PATH/VARIANT; each row says what the generator reaches, `ceiling_fps`";
  return new IopathError(ExitStatus.usage, message, { remedy });
}

function namelessError(path: string, variants: readonly { readonly name: string }[]): IopathError {
  return new IopathError(ExitStatus.usage, `${path} names no variant`, {
    remedy: `write ${path}/VARIANT; its variants are ${variants.map(({ name }) => name).join(", ")}`,
  });
}

function mixError(): IopathError {
  return new IopathError(ExitStatus.usage, "--frame-bytes imix: the open loop sends one size", {
    remedy: "name sizes: `--frame-bytes 64,570,1518`",
  });
}
