/**
 * What equal code shows on this very machine: pairs have no noise in them that the test does not
 * know of, but two launches of the same program differ by themselves (where their memory lies, what
 * the JIT compiler made of them), and one lane may have something over the other. The floor is the
 * largest difference that a round of equal code showed. It is kept in the user's cache folder,
 * since it is the machine's.
 */
import { mkdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeWhole } from "../../files/files.ts";
import type { Cell } from "../../matrix/cell.ts";
import { lowerMedian } from "../../statistics/permutation.ts";
import type { LaunchResult } from "./launch.ts";
import { pairsOf } from "./paired-gate.ts";

/** Rounds of equal code that make a floor. */
export const floorRounds = 3;
const daysMax = 30;
const msPerDay = 86_400_000;

const floorFile = z.object({
  /** Another machine, kernel or Node has another floor. */
  machine: z.string(),
  cells: z.record(
    z.string(),
    z.object({ floor: z.number().min(0), rounds: z.number().int(), measuredAt: z.string() }),
  ),
});

type FloorFile = z.infer<typeof floorFile>;

/** Raised when the way of measuring changes, since floors of another way are none of this one. */
const method = 1;

/** By the XDG Base Directory Specification, where an empty variable is an unset one. */
function floorsFile(): string {
  const caches = process.env.XDG_CACHE_HOME || join(os.homedir(), ".cache");
  return join(caches, "iopath", "lanes", "floors.json");
}

function machineName(): string {
  const model = os.cpus()[0]?.model ?? "unknown";
  return [method, model, os.cpus().length, os.release(), process.versions.node].join(" / ");
}

export class Floors {
  readonly #file = floorsFile();
  readonly #known: FloorFile = readFloors(this.#file) ?? { machine: machineName(), cells: {} };

  /** As a relative difference; undefined when it is not known, or was measured too long ago. */
  of({ id }: Cell): number | undefined {
    const known = this.#known.cells[id];
    if (!known || Date.now() - Date.parse(known.measuredAt) > daysMax * msPerDay) return undefined;
    return known.floor;
  }

  /** @param rounds launches of equal code, two with swapped lanes each */
  learn({ id }: Cell, rounds: readonly (readonly LaunchResult[])[]): number {
    const floor = Math.max(
      ...rounds.map((launches) => Math.expm1(Math.abs(lowerMedian(pairsOf(launches))))),
    );
    const measuredAt = new Date().toISOString();
    this.#known.cells[id] = { floor, rounds: rounds.length, measuredAt };
    mkdirSync(dirname(this.#file), { recursive: true });
    writeWhole(this.#file, `${JSON.stringify(this.#known, null, 2)}\n`);
    return floor;
  }
}

/** Undefined when there are none of this machine; a file that can't be read is measured anew. */
function readFloors(file: string): FloorFile | undefined {
  try {
    const floors = floorFile.parse(JSON.parse(readFileSync(file, "utf8")));
    return floors.machine === machineName() ? floors : undefined;
  } catch {
    return undefined;
  }
}
