/** The part of `iopath gate` that goes by the wall clock: its options, and what they set going. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Command, InvalidArgumentError } from "commander";
import type { GateResult } from "../gate/verdict.ts";
import type { Cell } from "../matrix/cell.ts";
import { screenOf } from "../present/terminal/screen.ts";
import { type MatrixFlags, positive } from "./flags.ts";

export interface LanesFlags extends MatrixFlags {
  readonly against?: string;
  readonly selfTest?: boolean;
  readonly maxMinutes: number;
  readonly equal: number;
  readonly tries: number;
  readonly plant: number[];
  readonly within?: number;
  readonly rows?: string;
  readonly out: string;
}

const minutesDefault = 10;

export function withLanesOptions(command: Command): Command {
  return command
    .option("--against <revision>", "by the wall clock: this work tree beside a git revision")
    .option("--max-minutes <n>", "end such a gate by then, sure or not", minutes, minutesDefault)
    .option("--self-test", "what such a gate, or with --clock instructions the other, can see here")
    .option("--equal <gates>", "self-test: gates of equal code (instructions: runs)", positive, 10)
    .option("--tries <gates>", "self-test: gates for each slow-down", positive, 5)
    .option("--plant <percents>", "self-test: the slow-downs", percents, [1, 2, 3, 5, 10]);
}

/**
 * Whether the flags ask for lanes.
 * @throws IopathError when they ask for the clock and not for what
 */
export function asksForLanes(flags: LanesFlags): boolean {
  const counted = flags.selfTest === true && flags.clock === "instructions";
  const lanes = flags.against !== undefined || (flags.selfTest === true && !counted);
  if (counted && flags.against !== undefined) {
    const message =
      "--self-test tries one gate: that of --against, or that of --clock instructions";
    throw new IopathError(ExitStatus.usage, message, { remedy: "leave out one of them" });
  }
  if (lanes && (flags.clock === "instructions" || flags.place === "guest" || flags.rows)) {
    const message = "--against and --self-test measure on this host, by the wall clock";
    const remedy = "leave out --clock, --place and --rows, or name a --baseline";
    throw new IopathError(ExitStatus.usage, message, { remedy });
  }
  if (!lanes && flags.clock === "wall" && flags.rows === undefined) {
    const message = "a gate by the wall clock compares two revisions side by side";
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "name the other one with --against, such as `--against origin/main`",
    });
  }
  return lanes;
}

/** @param chosen whether the user named the config */
export async function gateOnLanes(
  flags: LanesFlags,
  chosen: boolean,
  signal: AbortSignal,
): Promise<GateResult> {
  const { gateAgainst } = await import("../gate/paired/gate.ts");
  const { against, maxMinutes, within } = flags;
  return await gateAgainst({
    ...{ cells: await chooseCells(flags, chosen), against: against!, maxMinutes, signal },
    ...(within === undefined ? {} : { threshold: within }),
    onProgress,
  });
}

/** The table of all gates of the self-test so far. */
export async function selfTestOnLanes(
  flags: LanesFlags,
  chosen: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { selfTest } = await import("../gate/paired/self-test.ts");
  const { formatSelfTest } = await import("../gate/paired/self-test-text.ts");
  const { equal, tries, maxMinutes, out } = flags;
  const shares = flags.plant.map((percent) => percent / 100);
  const cells = await chooseCells(flags, chosen);
  const gates = await selfTest({
    ...{ cells, folder: out, equal, tries, shares, maxMinutes, signal, onProgress },
  });
  return formatSelfTest(gates, screenOf(process.stdout).color);
}

/** Few cells that cover the kinds of path: in the kernel, by system calls, by shared rings. */
const defaultCells = {
  path: ["xdp", "kernel-sockets"],
  variant: ["native", "af-xdp", "packet-mmsg"],
};

async function chooseCells(flags: LanesFlags, chosen: boolean): Promise<Cell[]> {
  const { loadConfig } = await import("../matrix/config.ts");
  const { expandMatrix } = await import("../matrix/cell.ts");
  const { config, ...others } = flags;
  const named = flags.path !== undefined || flags.variant !== undefined;
  const usual = { frameBytes: [64], window: [64], ...(named ? {} : defaultCells) };
  const here = { place: "host", clock: "wall" } as const;
  return chosen
    ? expandMatrix(await loadConfig(config, { ...others, ...here }))
    : expandMatrix(await loadConfig(undefined, { ...usual, ...others, ...here }));
}

function onProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 24 * 60) return value;
  throw new InvalidArgumentError("minutes above 0 are asked for, and no more than a day of them.");
}

function percents(text: string): number[] {
  const values = text.split(",").map(Number);
  if (values.every((value) => value > 0 && value <= 100)) return values;
  throw new InvalidArgumentError("percents above 0 and up to 100 are asked for: 1,2,5.");
}
