/**
 * `iopath self-test wall`: what the paired gate can see on this machine. In gates of equal code
 * every alarm is false; in gates of code with planted work the work must be found. Each gate is a
 * line of a journal, so a self-test can be made in pieces and interrupted at any time.
 */
import { appendFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { requireLabPrivileges } from "@iopath/lab";
import { z } from "zod";
import { makeFolder } from "../../files/files.ts";
import type { Cell } from "../../matrix/cell.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { uniformFrom } from "../../statistics/bootstrap.ts";
import { ownRevision } from "../../trial/revision.ts";
import { defaultLimits, withFloors } from "./gate-against.ts";
import { LanePair } from "./lane-pair.ts";
import { newState, type PairedGate, runPairedGate } from "./paired-gate.ts";
import { isTimeUp, startTime } from "./time-limit.ts";
import { instructions, linesOf, type PerShare, weighAll } from "./weigh.ts";

const selfTestName = "self-test.jsonl";

const cellOutcome = z.object({
  cell: z.string(),
  verdict: z.enum(["pass", "regression", "improvement", "inconclusive"]),
  ratio: z.number(),
  detectable: z.number().nullable(),
  launches: z.number().int(),
});

const selfTestGate = z.object({
  /** Share of work planted in every cell of this gate; 0 is equal code. */
  planted: z.number().min(0),
  at: z.string(),
  elapsedMs: z.number(),
  loadAverage: z.number(),
  cells: z.array(cellOutcome),
});

export type SelfTestGate = z.infer<typeof selfTestGate>;

interface SelfTestOptions {
  readonly cells: readonly Cell[];
  /** Where the journal lies; what is in it already is not made again. */
  readonly folder: string;
  /** Gates of equal code, and gates for each share of planted work. */
  readonly equal: number;
  readonly tries: number;
  readonly shares: readonly number[];
  readonly maxMinutes: number;
  readonly waitMinutes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Makes missing gates until the time is up; returns all of the journal, earlier ones included. */
export async function selfTest(options: SelfTestOptions): Promise<SelfTestGate[]> {
  const { folder, onProgress } = options;
  const { signal, deadlineMs } = startTime(options.maxMinutes, options.signal);
  makeFolder(folder);
  const file = join(folder, selfTestName);
  const gates = readSelfTest(file);
  requireLabPrivileges();
  using _lock = await holdMachine({ waitMinutes: options.waitMinutes, signal, tell: onProgress });
  using lanes = new LanePair();
  const side = { revision: ownRevision };
  const gate: PairedGate = {
    ...{ baseline: side, candidate: side, lanes, limits: defaultLimits, deadlineMs, signal },
    ...{ random: uniformFrom(Date.now()), onProgress },
  };
  try {
    await makeMissing(gates, file, gate, options);
  } catch (error) {
    if (!isTimeUp(error)) throw error;
  }
  return gates;
}

async function makeMissing(
  gates: SelfTestGate[],
  file: string,
  gate: PairedGate,
  options: SelfTestOptions,
): Promise<void> {
  const floors = await withFloors(options.cells, gate);
  const dead = floors.find(({ failure }) => failure !== undefined);
  if (dead) throw new IopathError(ExitStatus.cannotRun, `${dead.cell.id}: ${dead.failure}`);
  const weighed = options.shares.length > 0 ? options.cells : [];
  const perShare = await weighAll(weighed, file, gate);
  for (const planted of missing(gates, options)) {
    const states = floors.map(({ cell, floor }) => newState(cell, floor));
    const made = await makeGate(planted, states, perShare, gate);
    if (!made) return; // the time is up
    gates.push(made);
    appendFileSync(file, `${JSON.stringify(made)}\n`);
    const verdicts = made.cells.map(({ verdict, ratio }) => `${verdict} ${ratio.toFixed(4)}`);
    gate.onProgress(`${nameOfShare(planted)}: ${verdicts.join(", ")}`);
  }
}

export function nameOfShare(planted: number): string {
  return planted === 0 ? "equal code" : `${Math.round(planted * 1000) / 10} % more work`;
}

/**
 * Shares still to be made, each kind spread evenly over the whole, so that a cut test has some of
 * all.
 */
function missing(
  gates: readonly SelfTestGate[],
  { equal, tries, shares }: SelfTestOptions,
): number[] {
  return [0, ...shares]
    .flatMap((planted) => {
      const wanted = planted === 0 ? equal : tries;
      const made = gates.filter((gate) => gate.planted === planted).length;
      return Array.from({ length: Math.max(0, wanted - made) }, (_, i) => {
        return { planted, turn: (made + i + 0.5) / wanted };
      });
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ planted }) => planted);
}

/** One gate over all cells; undefined when the time was up before it was decided. */
async function makeGate(
  planted: number,
  states: ReturnType<typeof newState>[],
  perShare: PerShare,
  gate: PairedGate,
): Promise<SelfTestGate | undefined> {
  const startMs = performance.now();
  const at = new Date().toISOString();
  const loadAverage = os.loadavg()[0]!;
  const plantedIn = ({ id }: Cell) => instructions(planted * perShare.get(id)!);
  const inTime = await runPairedGate(states, {
    ...{ ...gate, onProgress: () => {} },
    ...(planted > 0 ? { plantedIn } : {}),
  });
  const dead = states.find(({ failure }) => failure !== undefined);
  if (dead) throw new IopathError(ExitStatus.cannotRun, `${dead.cell.id}: ${dead.failure}`);
  if (!inTime) return undefined;
  const cells = states.map(({ cell, judgement, launches }) => {
    const { verdict, ratio, detectable } = judgement!;
    const seen = Number.isFinite(detectable) ? detectable : null;
    return { cell: cell.id, verdict, ratio, detectable: seen, launches: launches.length };
  });
  return { planted, at, elapsedMs: Math.round(performance.now() - startMs), loadAverage, cells };
}

/** Gates of earlier pieces. */
function readSelfTest(file: string): SelfTestGate[] {
  return linesOf(file, selfTestGate);
}
