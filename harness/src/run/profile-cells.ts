/** Profiles the cells of sections, each section in a guest of its own. */
import type { GuestPlace } from "@iopath/lab";
import { findGuestMachine, setUpGuestPackages, setUpProfiler } from "@iopath/lab/guest";
import { allowedCpus } from "@iopath/native";
import { type Cell, expandMatrix } from "../matrix/cell.ts";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";
import { GuestRunner, guestToBoot } from "../runner/guest.ts";
import { type MadeProfile, profileTrial } from "./profile-trial.ts";
import { closedLoopOrder } from "./steps.ts";

/** A profile is of the window in the middle: with more of them it would only take longer. */
const samplesMax = 400;

export interface ProfiledCell {
  readonly cell: Cell;
  readonly profile: MadeProfile;
}

interface ProfileOptions {
  readonly signal: AbortSignal;
  /** Gets a line before what takes time. */
  readonly tell: (line: string) => void;
}

/**
 * @param config sections that count instructions in guests
 * @returns in the order of the cells
 * @throws IopathError when a guest's packages or the profiler can't be had, before any boot
 */
export async function profileCells(
  config: Config,
  options: ProfileOptions,
): Promise<ProfiledCell[]> {
  const profilers = await setUp(config, options);
  const cells = expandMatrix(config);
  const done = new Map<string, ProfiledCell>();
  const sections = config.entries(); // shared: a free worker takes the next
  const work = async () => {
    for (const [index, section] of sections) {
      const own = cells.filter((cell) => cell.section === index);
      const profiler = profilers.get(machineOf(section))!;
      for await (const one of profileSection(section, own, profiler, options)) {
        done.set(one.cell.id, one);
      }
    }
  };
  const ends = await Promise.allSettled(allowedCpus().map(work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return cells.map(({ id }) => done.get(id)!);
}

/** The profiler of each machine. */
async function setUp(config: Config, { signal, tell }: ProfileOptions) {
  const profilers = new Map<string, string>();
  for (const { place } of config) {
    const { machine: name, kernel } = place as GuestPlace;
    const machine = findGuestMachine(name);
    await setUpGuestPackages(tell, machine, signal, kernel);
    if (!profilers.has(name)) profilers.set(name, await setUpProfiler(tell, machine));
  }
  return profilers;
}

function machineOf({ place }: Section): string {
  return (place as GuestPlace).machine;
}

async function* profileSection(
  section: Section,
  cells: readonly Cell[],
  profiler: string,
  { signal, tell }: ProfileOptions,
): AsyncGenerator<ProfiledCell> {
  const counted = { ...(section.place as GuestPlace), clock: "instructions" } as const;
  const toBoot = { ...guestToBoot(counted), profiler };
  using runner = new GuestRunner(toBoot, section.paths, { signal });
  for (const cell of cells) {
    tell(`profiling ${cell.id}`);
    const order = closedLoopOrder(cell, {
      ...section,
      samples: Math.min(section.samples, samplesMax),
    });
    const { profile } = await profileTrial(runner, order, cell.id);
    yield { cell, profile };
  }
}
