/**
 * How far equal code differs on this machine: the test accounts for all noise within pairs, but two
 * launches of the same program differ by themselves (where their memory lies, what
 * the JIT compiler made of them), and one lane may have something over the other. The floor is the
 * largest difference that a round of equal code showed. It is kept in the user's cache folder,
 * since it is the machine's.
 */
import { readFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { troubleOf } from "@iopath/contract";
import { userCacheFolder } from "@iopath/lab";
import { z } from "zod";
import { makeFolder, writeWhole } from "../../files/files.ts";
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

/** Raised when the method of measuring changes: floors measured by another do not apply. */
const method = 1;

function floorsFile(): string {
  return join(userCacheFolder(), "lanes", "floors.json");
}

function machineName(): string {
  const model = os.cpus()[0]?.model ?? "unknown";
  return [method, model, os.cpus().length, os.release(), process.versions.node].join(" / ");
}

export class Floors {
  readonly #known: FloorFile = readFloors() ?? { machine: machineName(), cells: {} };
  readonly #tell: (line: string) => void;

  /** @param tell gets a line when floors can't be kept */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

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
    this.#keep();
    return floor;
  }

  /** Where nothing can be written, floors are measured again the next time. */
  #keep(): void {
    try {
      const file = floorsFile();
      makeFolder(dirname(file));
      writeWhole(file, `${JSON.stringify(this.#known, null, 2)}\n`);
    } catch (error) {
      const trouble = troubleOf(error);
      if (!trouble) throw error;
      this.#tell(`this machine's floors are not kept: ${trouble.message}`);
    }
  }
}

/** Undefined without floors of this machine. */
function readFloors(): FloorFile | undefined {
  try {
    const floors = floorFile.parse(JSON.parse(readFileSync(floorsFile(), "utf8")));
    return floors.machine === machineName() ? floors : undefined;
  } catch {
    return undefined; // a cache that can't be read or is damaged: they are measured again
  }
}
