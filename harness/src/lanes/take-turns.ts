/**
 * The carousel: lanes that are alive at once get the CPU one after the other, a slice of some
 * milliseconds each, in an order drawn by lot for each turn. What the machine does meanwhile meets
 * all of them within a fraction of a second.
 */
import { allowedCpus } from "@iopath/native";
import { LaneError, type Slice } from "./lane-process.ts";

interface TurnsOptions {
  /** How many turns are to count. */
  readonly turns: number;
  /** The one that lanes are pinned to. */
  readonly cpu: number;
  /** Uniform from 0 up to but not 1; draws the order of each turn. */
  readonly random: () => number;
  /** What must not change during a turn; of this machine when not given. */
  readonly weather?: () => Weather;
}

/** What a turn depends on besides its lanes. */
export interface Weather {
  /**
   * The time of day less the time since the start: it jumps where the clock is set, and where the
   * machine slept, since the second stands still then.
   */
  readonly clockOffsetMs: number;
  /** Those that this process may use. */
  readonly cpus: readonly number[];
}

interface TurnsTaken {
  /** Of each lane, a slice per turn; a lane that died has those of the turns before. */
  readonly slices: readonly (readonly Slice[])[];
  /** Why lanes died, by their place in the list. */
  readonly dead: ReadonlyMap<number, LaneError>;
  /** Turns that were thrown away. */
  readonly discarded: number;
}

/** Beyond what the kernel's slewing of a clock does within a turn. */
const stepMinMs = 20;

/**
 * Ends early where turn after turn is thrown away, and with the CPU of the lanes: the kernel has
 * moved them to others then, and they are pinned to none.
 *
 * @throws what a slice throws that is no error of its lane alone, such as an interruption
 */
export async function takeTurns(
  lanes: readonly (() => Promise<Slice>)[],
  { turns, cpu, random, weather = weatherHere }: TurnsOptions,
): Promise<TurnsTaken> {
  const slices: Slice[][] = lanes.map(() => []);
  const dead = new Map<number, LaneError>();
  let discarded = 0;
  for (let taken = 0; taken < turns && discarded <= turns && dead.size < lanes.length; ) {
    const before = weather();
    const turn = await takeTurn(lanes, dead, random);
    const after = weather();
    if (!isSteady(before, after)) {
      discarded++;
      if (!after.cpus.includes(cpu)) break;
      continue;
    }
    for (const [lane, slice] of turn) slices[lane]!.push(slice);
    taken++;
  }
  return { slices, dead, discarded };
}

/** A slice of each lane that lives; one that dies in its slice has none, and the turn goes on. */
async function takeTurn(
  lanes: readonly (() => Promise<Slice>)[],
  dead: Map<number, LaneError>,
  random: () => number,
): Promise<Map<number, Slice>> {
  const alive = lanes.map((_, lane) => lane).filter((lane) => !dead.has(lane));
  const turn = new Map<number, Slice>();
  for (const lane of shuffled(alive, random)) {
    try {
      turn.set(lane, await lanes[lane]!());
    } catch (error) {
      if (!(error instanceof LaneError)) throw error;
      dead.set(lane, error);
    }
  }
  return turn;
}

/** Fisher and Yates: every order is as likely as any other. */
function shuffled(list: number[], random: () => number): number[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}

function weatherHere(): Weather {
  return { clockOffsetMs: Date.now() - performance.now(), cpus: allowedCpus() };
}

function isSteady(before: Weather, after: Weather): boolean {
  const step = Math.abs(after.clockOffsetMs - before.clockOffsetMs);
  return step < stepMinMs && after.cpus.join() === before.cpus.join();
}
