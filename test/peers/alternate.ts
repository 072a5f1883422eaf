/**
 * Two forwarders in alternation on the same two labs, the sides swapped from process to process:
 * what the machine does meanwhile meets both. Gives the second's time divided by the first's: above
 * 1, the first is faster.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { VethLab } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import Table from "cli-table3";
import { medianSorted, quantileSorted } from "simple-statistics";
import type { PairOrder, PairResult, Side, SideResult } from "./pair.ts";

export interface Comparison {
  readonly sides: readonly [Side, Side];
  readonly window: number;
  /** 64 when not given. */
  readonly frameBytes?: number;
  /** 1 when not given. */
  readonly flows?: number;
  /** The least ratio that is aimed at. */
  readonly goal?: number;
}

/** Frames through each side in one process, before and while it is measured. */
const framesOfWarmUp = 96_000;
const framesMeasured = 192_000;
const pairsMax = 3000;
const limitMs = 300_000;

/** Measures each with `repetitions` processes on either side, and prints a table. */
export function compareAll(comparisons: readonly Comparison[], repetitions: number): void {
  using first = new VethLab();
  using second = new VethLab();
  const head = ["first", "second", "frame B", "flows", "window", "first p10 ns", "second p10 ns"];
  const table = new Table({
    head: [...head, "calls per frame", "second / first", "lowest", "highest", "goal"],
    style: { head: [], border: [] },
  });
  for (const comparison of comparisons) {
    const results: PairResult[] = [];
    for (let i = 0; i < repetitions * 2; i++) {
      const testbeds = [first.testbed, second.testbed] as const;
      results.push(runPair(comparison, i % 2 === 0 ? testbeds : [second.testbed, first.testbed]));
      const [ours, theirs] = comparison.sides.map(nameOf);
      const ratio = ratioOf(results.at(-1)!).toFixed(3);
      console.error(`${ours}, ${theirs}: ${i + 1}/${repetitions * 2}  ${ratio}`);
    }
    table.push(tableRow(comparison, results));
  }
  console.log(table.toString());
}

function runPair(comparison: Comparison, testbeds: PairOrder["testbeds"]): PairResult {
  const { sides, window, frameBytes = 64, flows = 1 } = comparison;
  const order: PairOrder = {
    ...{ sides, testbeds, frameBytes, flows, window, cpu: allowedCpus().at(-1)! },
    warmUpWindows: Math.min(pairsMax / 2, Math.ceil(framesOfWarmUp / window)),
    pairs: Math.min(pairsMax, Math.ceil(framesMeasured / window)),
  };
  const options = {
    input: JSON.stringify(order),
    encoding: "utf8",
    timeout: limitMs,
    maxBuffer: 1 << 26,
  } as const;
  const program = join(import.meta.dirname, "pair.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], options);
  if (status !== 0) throw new Error(`${sides.map(nameOf).join(", ")} failed: ${stderr.trim()}`);
  return JSON.parse(stdout) as PairResult;
}

function nameOf({ variant, library }: Side): string {
  return library === undefined ? variant : `${variant} in C`;
}

/** The median of the ratios of neighbours. */
function ratioOf([first, second]: PairResult): number {
  return medianSorted(first.ns.map((ns, i) => second.ns[i]! / ns).sort((a, b) => a - b));
}

function tableRow(comparison: Comparison, results: readonly PairResult[]) {
  const { sides, window, frameBytes = 64, flows = 1, goal } = comparison;
  const ratios = results.map(ratioOf).sort((a, b) => a - b);
  const lowestP10 = (k: 0 | 1) => Math.min(...results.map((result) => p10(result[k]))).toFixed(0);
  return [
    ...[nameOf(sides[0]), nameOf(sides[1]), frameBytes, flows, window],
    ...[lowestP10(0), lowestP10(1)],
    results[0]!.map(({ syscalls }) => syscalls?.toFixed(4) ?? "?").join(", "),
    ...[medianSorted(ratios).toFixed(3), ratios[0]!.toFixed(3), ratios.at(-1)!.toFixed(3)],
    goal ?? "none",
  ];
}

function p10({ ns }: SideResult): number {
  return quantileSorted(
    ns.toSorted((a, b) => a - b),
    0.1,
  );
}
