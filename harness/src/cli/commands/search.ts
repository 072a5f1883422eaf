/** `iopath search`: its flags, and the plan that these come down to. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Interfaces } from "@iopath/lab";
import { type Command, Option } from "commander";
import { axes } from "../../matrix/axes.ts";
import type { InterfacesFlags } from "../../matrix/interfaces.ts";
import type { OpenLoopSection } from "../../matrix/open-loop-section.ts";
import {
  type FarHost,
  type ProfileName,
  profileNames,
  type SearchCell,
  type Searches,
} from "../../matrix/search-cell.ts";
import { usageError } from "../../matrix/usage-error.ts";
import { type WaitFlags, withInterfacesFlags, withWaitFlag } from "../flags/options.ts";
import { cpuPair, host, positive, text, valuesOf, words } from "../flags/parse.ts";
import type { Answer, ResumeSearchPlan, SearchPlan } from "../plan.ts";
import { addPathsOf } from "./own-paths.ts";

interface SearchFlags extends WaitFlags, InterfacesFlags {
  readonly config?: string;
  readonly profile?: ProfileName;
  readonly frameBytes?: readonly unknown[];
  readonly burst?: number;
  readonly workload?: string;
  readonly searches?: number;
  readonly realtime?: boolean;
  readonly cpus?: readonly [number, number];
  readonly resume?: boolean;
  readonly testerHost?: string;
  readonly testerCommand?: readonly string[];
  readonly out: string;
}

const { flag: frameBytes } = axes.frameBytes;

export function addSearchCommand(program: Command, answer: Answer): void {
  const search = program
    .command("search")
    .description(
      "find how many frames per second get through, and how late: iopath search PATH/VARIANT",
    )
    .argument("[variants...]", "PATH/VARIANT; those of the config when none is named")
    .option(
      "--config <file>",
      'its sections with mode "open-loop"; with variants, the paths of your own that it names',
      text,
    )
    .addOption(
      new Option(
        "--profile <name>",
        "how thoroughly: rfc2544-strict has trials of a minute (default: quick)",
      ).choices(profileNames),
    )
    .option(frameBytes.option, `${frameBytes.help} (default: 64)`, valuesOf(frameBytes))
    .option(
      "--burst <frames>",
      "most frames that the forwarder takes at once (default: 64)",
      positive,
    )
    .option("--workload <name>", "what is done to each frame", text)
    .option(
      "--searches <count>",
      "searches of each variant and size, to see how far they agree (default: 1)",
      positive,
    )
    .option(
      "--cpus <tester,forwarder>",
      "a CPU for each, in place of those that the topology says",
      cpuPair,
    )
    .option("--realtime", "take both CPUs from all else while frames are sent (SCHED_FIFO)")
    .option("--resume", "go on with the searches in the folder, as they were started")
    .option("--out <folder>", "where the results go", text, "results/open-loop");
  withInterfacesFlags(withWaitFlag(search))
    .optionsGroup("Place:")
    .option("--tester-host <host>", "the machine that IF2 and IF3 are on, as ssh(1) takes it", host)
    .option("--tester-command <words>", "what starts iopath there (default: iopath)", words)
    .optionsGroup("Options:")
    .action(async (variants: string[], flags: SearchFlags) =>
      answer(await planSearch(variants, flags)),
    );
  program
    .command("tester")
    .description("send and count frames for a search on another machine, which starts this by ssh")
    .action(() => answer({ does: "tester" }));
}

async function planSearch(
  given: string[],
  flags: SearchFlags,
): Promise<SearchPlan | ResumeSearchPlan> {
  const { config, resume, out, wait: waitMinutes } = flags;
  if (resume) {
    if (given.length > 0) throw resumeError(given[0]!);
    return { does: "resume search", out, waitMinutes };
  }
  const searches =
    given.length === 0 && config !== undefined
      ? await ofConfig(config, flags)
      : await ofVariants(given, flags);
  const interfaces = await interfacesOf(flags);
  const testerHost = testerHostOf(flags);
  if (!testerHost) requireCpuEach(searches.cells);
  const where = {
    ...(interfaces === undefined ? {} : { interfaces }),
    ...(testerHost === undefined ? {} : { testerHost }),
  };
  return { does: "search", searches: { ...searches, ...where }, out, waitMinutes };
}

/** @throws IopathError where tester and forwarder of one machine are to share a CPU */
function requireCpuEach(cells: readonly SearchCell[]): void {
  for (const { cpus } of cells) {
    if (cpus && cpus[0] === cpus[1])
      throw usageError(`CPUs ${cpus.join()}: tester and forwarder need a CPU each`);
  }
}

/** @throws IopathError for what an open loop can't send to, and for flags that need others */
async function interfacesOf(flags: SearchFlags): Promise<Interfaces | undefined> {
  const { chooseInterfaces } = await import("../../matrix/interfaces.ts");
  const { isPciAddress } = await import("@iopath/lab");
  const found = chooseInterfaces(undefined, flags);
  if (!found) {
    const { tester, testerNamespace, testerHost, nextHop, force } = flags;
    const given = {
      ...{ tester, "tester-namespace": testerNamespace, "tester-host": testerHost },
      ...{ "next-hop": nextHop, force },
    };
    const [idle] = Object.entries(given).filter(([, value]) => value !== undefined);
    if (idle) throw usageError(`--${idle[0]} has no effect without --ports`);
    return undefined;
  }
  if (found.tester === "none") throw testerElsewhereError();
  const address = [...found.ports, ...found.tester].find(isPciAddress);
  if (address !== undefined)
    throw usageError(`${address} is no network interface: no frames can be sent to it at a rate`);
  return found;
}

function testerHostOf({ testerHost, testerCommand }: SearchFlags): FarHost | undefined {
  if (testerHost !== undefined) {
    return { host: testerHost, command: [...(testerCommand ?? ["iopath"])] };
  }
  if (testerCommand) throw usageError("--tester-command has no effect without --tester-host");
  return undefined;
}

function testerElsewhereError(): IopathError {
  const message = "--tester none: an open loop needs a generator and a sink of its own";
  return new IopathError(ExitStatus.usage, message, {
    remedy:
      "name the two interfaces that the ports are wired to, `--tester IF2,IF3`; " +
      "`--tester-host HOST` says which machine they are on",
  });
}

/** What flags say of each section. */
type Said = Partial<Omit<OpenLoopSection, "mode" | "modules" | "paths">>;

async function saidBy(flags: SearchFlags): Promise<Said> {
  const { findWorkload } = await import("../../workloads/known.ts");
  const { profile, burst, workload, searches, realtime, cpus } = flags;
  const sizes = flags.frameBytes?.filter((size) => typeof size === "number");
  if (sizes && sizes.length < flags.frameBytes!.length) throw mixError();
  const said = {
    ...{ profile, searches, realtime, cpus, frameBytes: sizes },
    bursts: burst === undefined ? undefined : [burst],
    workloads: workload === undefined ? undefined : [findWorkload(workload).name],
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** @throws IopathError when no section of the file is for an open loop */
async function ofConfig(file: string, flags: SearchFlags): Promise<Searches> {
  const { readOpenLoopSections } = await import("../../matrix/config.ts");
  const { modulesOf } = await import("../../matrix/modules.ts");
  const { searchCellsOf } = await import("../../matrix/open-loop-section.ts");
  const sections = await readOpenLoopSections(file);
  if (sections.length === 0) throw closedLoopError(file);
  const said = await saidBy(flags);
  const cells = sections.flatMap((section) => searchCellsOf({ ...section, ...said }));
  return { cells: withoutTwins(cells), modules: modulesOf(sections) };
}

async function ofVariants(given: readonly string[], flags: SearchFlags): Promise<Searches> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const { openLoopSectionSchema, searchCellsOf } = await import(
    "../../matrix/open-loop-section.ts"
  );
  if (given.length === 0) throw nothingError();
  const modules = flags.config === undefined ? [] : [...(await addPathsOf(flags.config))];
  const said = await saidBy(flags);
  const cells: SearchCell[] = [];
  for (const name of new Set(given.map(cellToday))) {
    const { path, variant } = await requireVariant(name);
    const section = { mode: "open-loop", paths: { [path]: [variant] }, ...said };
    cells.push(...searchCellsOf(openLoopSectionSchema.parse(section)));
  }
  return { cells, modules };
}

async function requireVariant(name: string): Promise<{ path: string; variant: string }> {
  const { findPath, findVariant, testerOnly } = await import("../../paths/all.ts");
  const [path = "", ...rest] = name.split("/");
  const variant = rest.join("/");
  if (path === testerOnly) throw noForwarderError();
  if (variant === "") throw namelessError(name, findPath(path).variants);
  findVariant(findPath(path), variant);
  return { path, variant };
}

/** Flags can make cells of two sections the same. */
function withoutTwins(cells: readonly SearchCell[]): SearchCell[] {
  return [...new Map(cells.map((cell) => [JSON.stringify(cell), cell])).values()];
}

function nothingError(): IopathError {
  return new IopathError(ExitStatus.usage, "nothing to search: no PATH/VARIANT and no --config", {
    remedy: "name one, `iopath search PATH/VARIANT`; `iopath list` has them",
  });
}

function closedLoopError(file: string): IopathError {
  const message = `--config ${file} has no section with mode "open-loop"`;
  return new IopathError(ExitStatus.usage, message, {
    remedy: 'give a section `mode: "open-loop"`, or name variants, `iopath search PATH/VARIANT`',
  });
}

function resumeError(variant: string): IopathError {
  const message = `${variant} has no effect with --resume: it goes on with searches as they were started`;
  return new IopathError(ExitStatus.usage, message, {
    remedy: `leave out ${variant}, or --resume`,
  });
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
