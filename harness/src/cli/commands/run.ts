/** `iopath run` and `iopath list`: their flags, and the plan that these come down to. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Command } from "commander";
import { latest } from "../../files/latest.ts";
import type { Config } from "../../matrix/config.ts";
import { deviceFlags } from "../flags/effect.ts";
import {
  type MatrixFlags,
  type WaitFlags,
  withMatrixFlags,
  withPlaceFlags,
  withTurnsFlags,
  withWaitFlag,
} from "../flags/options.ts";
import { text } from "../flags/parse.ts";
import { givenFlags, refuseIdleFlags } from "../flags/refuse-idle.ts";
import type { Answer, ForwardPlan, ListPlan, Plan } from "../plan.ts";

interface RunFlags extends MatrixFlags, WaitFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly maxMinutes?: number;
}

export function addRunCommands(program: Command, answer: Answer): void {
  const run = program
    .command("run", { isDefault: true })
    .description("measure the matrix, print the table, write CSV")
    .option("--out <folder>", "where the results go", text, latest)
    .option("--json", "print the rows as JSON instead of the table")
    .option("--profiles", "say of each counted cell where a frame's instructions go")
    .option("--dry-run", "print the cells and measure nothing")
    .option("--resume", "go on with the run in the folder, as it was started");
  withTurnsFlags(withMatrixFlags(withPlaceFlags(withWaitFlag(run)))).action(
    async (flags: RunFlags, command: Command) => answer(await planRun(flags, command)),
  );
  const list = program
    .command("list")
    .description("print the cells of the matrix")
    .option("--json", "print them as JSON");
  withMatrixFlags(withPlaceFlags(list)).action(async (flags: MatrixFlags & { json?: boolean }) =>
    answer(await planList(flags)),
  );
}

async function planRun(flags: RunFlags, command: Command): Promise<Plan> {
  const { out, json = false, wait: waitMinutes, dryRun = false } = flags;
  if (flags.resume) return { does: "resume", out, json, waitMinutes };
  const { loadConfig } = await import("../../matrix/config.ts");
  const { maxMinutes: measureMinutes } = flags;
  const more = measureMinutes === undefined ? {} : { measureMinutes };
  const config = await loadConfig(flags.config, { ...flags, ...more });
  if (config.some(({ place }) => place.kind === "interfaces" && place.tester === "none")) {
    // A config can say so as well.
    const given = givenFlags(command);
    refuseIdleFlags("run", new Map([...given, ["tester", "none"]]));
    const choice = await chooseForwarder(config, flags);
    return { does: "forward", ...choice, out: given.has("out") ? out : undefined, dryRun };
  }
  const given = givenFlags(command);
  await refuseIdleTurns(config, given);
  refuseIdleProfiles(config, given);
  if (dryRun) return { does: "list", config, json, run: { out, waitMinutes } };
  const searchesIn = (await hasSearches(flags.config)) ? flags.config : undefined;
  return { does: "measure", config, searchesIn, out, json, waitMinutes };
}

async function hasSearches(file: string | undefined): Promise<boolean> {
  if (file === undefined) return false;
  const { readOpenLoopSections } = await import("../../matrix/config.ts");
  return (await readOpenLoopSections(file)).length > 0;
}

/** What can leave nothing that is measured in turns, or nothing that counts instructions. */
const narrowing = [
  ...["config", "clock", "place", "machine", "kernel", "iommu", "path", "variant", "workers"],
  ...deviceFlags,
];

/** @throws IopathError, exit status 3, for flags about turns where nothing is measured in turns */
async function refuseIdleTurns(config: Config, given: ReadonlyMap<string, unknown>): Promise<void> {
  const idle = ["width", "max-minutes"].find((name) => given.has(name));
  const { isInTurns } = await import("../../matrix/in-turns.ts");
  const turning = config.some((section) =>
    section.workers.some((workers) => isInTurns(section, { workers })),
  );
  if (idle === undefined || turning) return;
  const others = narrowedBy(given).join(" and ");
  const message = `--${idle} has no effect with ${others}: no cell that is left is measured in turns`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: `leave out --${idle}; cells of the host's lab with one worker are measured in turns`,
  });
}

/** @throws IopathError, exit status 3, where nothing that could be profiled is left */
function refuseIdleProfiles(config: Config, given: ReadonlyMap<string, unknown>): void {
  if (!given.has("profiles") || config.some((section) => section.profiles)) return;
  const others = narrowedBy(given).join(" and ");
  const message = `--profiles has no effect with ${others}: no section that is left counts instructions in a guest`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "leave out --profiles, or take `--place guest --clock instructions`",
  });
}

function narrowedBy(given: ReadonlyMap<string, unknown>): string[] {
  return narrowing.filter((name) => given.has(name)).map((name) => `--${name}`);
}

async function planList(flags: MatrixFlags & { json?: boolean }): Promise<ListPlan> {
  const { loadConfig } = await import("../../matrix/config.ts");
  return {
    does: "list",
    config: await loadConfig(flags.config, flags),
    json: flags.json ?? false,
  };
}

/** The one variant, burst and workload that config and flags leave. */
async function chooseForwarder(
  config: Config,
  { path: named }: MatrixFlags,
): Promise<Omit<ForwardPlan, "does" | "out" | "dryRun">> {
  const { testerOnly } = await import("../../paths/all.ts");
  if (named?.includes(testerOnly)) {
    throw new IopathError(
      ExitStatus.usage,
      `--path ${testerOnly} has no effect with --tester none: it forwards nothing`,
    );
  }
  const choices = config.flatMap(({ paths, bursts, workloads, place, cpu }) =>
    Object.entries(paths)
      .filter(([path]) => path !== testerOnly)
      .flatMap(([path, variants]) => variants.map((variant) => ({ path, variant })))
      .flatMap((names) => bursts.map((burst) => ({ ...names, burst, place, cpu })))
      .flatMap((choice) => workloads.map((workload) => ({ ...choice, workload }))),
  );
  const different = new Map(choices.map((choice) => [JSON.stringify(choice), choice]));
  const [choice, ...others] = different.values();
  if (choice?.place.kind === "interfaces" && others.length === 0) {
    const { place: interfaces, ...names } = choice;
    return { ...names, interfaces };
  }
  const message = `--tester none forwards by one variant with one burst and workload, not ${different.size}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "name them with --path, --variant, --burst and --workload",
  });
}
