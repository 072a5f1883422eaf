/** Profiles the cells of sections, each section in a guest of its own. */
import { explain, troubleOf } from "@iopath/contract";
import type { GuestPlace } from "@iopath/lab";
import { findGuestMachine, setUpGuestPackages, setUpProfiler } from "@iopath/lab/guest";
import { allowedCpus } from "@iopath/native";
import { quantileSorted } from "simple-statistics";
import { type Cell, expandMatrix } from "../matrix/cell.ts";
import { inUnitOf } from "../matrix/clock.ts";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";
import { joinProfile } from "../profile/join.ts";
import type { Profile } from "../profile/profile.ts";
import { GuestRunner, guestToBoot } from "../runner/guest.ts";
import type { ClosedLoopOrder } from "../runner/runner.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult, TrialResult } from "../trial/request.ts";
import { closedLoopOrder } from "./steps.ts";

export interface ProfiledCell {
  readonly cell: Cell;
  /** Or why it could not be made. */
  readonly profile: Profile | { readonly problem: string };
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
    yield { cell, profile: await profileTrial(runner, closedLoopOrder(cell, section), cell.id) };
  }
}

/** Of one trial. @returns the profile, or why it could not be made */
export async function profileTrial(
  runner: GuestRunner,
  order: ClosedLoopOrder,
  cell: string,
): Promise<ProfiledCell["profile"]> {
  // Of an odd number of windows one is the median itself.
  const samples = order.samples + (1 - (order.samples % 2));
  const { result, raw } = await runner.profile({ ...order, samples });
  if (result.status !== "measured" || !raw) return { problem: problemOfTrial(result) };
  return joined(() => joinProfile(raw, { cell, window: order.window, p50: p50Of(result) }));
}

function problemOfTrial(result: TrialResult): string {
  if (result.status === "skipped") return `${result.missing}; ${result.remedy}`;
  return problemOf(result) ?? result.status;
}

function joined(join: () => Profile): ProfiledCell["profile"] {
  try {
    return join();
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    return { problem: explain(trouble) };
  }
}

/** Of a trial that counts: instructions per frame. */
export function p50Of({ samplesNs }: MeasuredResult): number {
  const samples = samplesNs.map((ns) => inUnitOf("instructions", ns));
  return quantileSorted(
    samples.sort((a, b) => a - b),
    0.5,
  );
}
