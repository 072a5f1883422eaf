/** How many instructions per frame make a share of a cell's cost: what a self-test plants. */
import { appendFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { parseJson, readIfThere } from "@iopath/native";
import { z } from "zod";
import type { Cell } from "../../matrix/cell.ts";
import type { Planted } from "../../matrix/planted.ts";
import { lowerMedian } from "../../statistics/permutation.ts";
import { runLaunch } from "./launch.ts";
import { type PairedGate, pairsOf } from "./paired-gate.ts";

/** Instructions per frame that make 100 % of a cell's cost. */
export type PerShare = ReadonlyMap<string, number>;

const firstGuess = 400;
/** Weighed where it will be planted: a frame's first instructions cost less than its hundredth. */
const weighedShare = 0.05;
const weighingRounds = 4;

/** A line of the journal as well. */
const weighing = z.object({ weighed: z.string(), instructionsPerShare: z.number().positive() });

/** For each cell, as the journal has it or weighed now. */
export async function weighAll(
  cells: readonly Cell[],
  file: string,
  gate: PairedGate,
): Promise<PerShare> {
  const known = linesOf(file, weighing);
  const perShare = new Map(known.map((line) => [line.weighed, line.instructionsPerShare]));
  for (const cell of cells.filter(({ id }) => !perShare.has(id))) {
    const instructionsPerShare = await weigh(cell, gate);
    perShare.set(cell.id, instructionsPerShare);
    appendFileSync(file, `${JSON.stringify({ weighed: cell.id, instructionsPerShare })}\n`);
    gate.onProgress(`${cell.id}: 1 % is ${(instructionsPerShare / 100).toFixed(0)} instructions`);
  }
  return perShare;
}

/** First by a guess, then with more care by as many instructions as should be 5 %. */
async function weigh(cell: Cell, gate: PairedGate): Promise<number> {
  const guessed = firstGuess / (await costOf(cell, firstGuess, 1, gate));
  const count = Math.min(20_000, Math.max(8, Math.round(guessed * weighedShare)));
  return count / (await costOf(cell, count, weighingRounds, gate));
}

/** The share of a cell's cost that so many instructions per frame add. */
async function costOf(
  cell: Cell,
  count: number,
  rounds: number,
  gate: PairedGate,
): Promise<number> {
  const { baseline, candidate, lanes, signal, random } = gate;
  const launches = [];
  for (let i = 0; i < rounds * 2; i++) {
    const more = { ...candidate, planted: instructions(count) };
    const testbeds = lanes.testbeds(i % 2 === 1);
    launches.push(await runLaunch({ cell, baseline, candidate: more, testbeds, signal, random }));
  }
  const share = Math.expm1(lowerMedian(pairsOf(launches)));
  if (share > 0) return share;
  throw new IopathError(
    ExitStatus.cannotRun,
    `${count} instructions per frame added no time to ${cell.id}`,
    { remedy: "the machine is too busy to weigh them; try again when less goes on" },
  );
}

export function instructions(count: number): Planted {
  return { kind: "instructions", count: Math.max(1, Math.round(count)) };
}

/** Lines of a self-test's journal of one kind; a line that was cut has no kind. */
export function linesOf<T>(file: string, kind: z.ZodType<T>): T[] {
  const lines = (readIfThere(file) ?? "").split("\n");
  return lines.flatMap((line) => kind.safeParse(parseJson(line)).data ?? []);
}
