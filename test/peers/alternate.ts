/**
 * Several forwarders in alternation, each on a lab of its own, the labs changed from process to
 * process: what the machine does meanwhile meets all. Gives the others' times divided by the
 * first's: above 1, the first is faster.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { warmUpFramesUsual } from "@iopath/harness";
import { VethLab } from "@iopath/lab";
import { allowedCpus, loaderFlags } from "@iopath/native";
import Table from "cli-table3";
import { p10, ratioInWords, ratioOf } from "./ratios.ts";
import type { Order, Side, SideResult } from "./sides.ts";

export interface Comparison {
  /** The first one's time is what the others' are divided by. */
  readonly sides: readonly Side[];
  readonly window: number;
  /** 64 when not given. */
  readonly frameBytes?: number;
  /** 1 when not given. */
  readonly flows?: number;
  /** The least ratio that is aimed at. */
  readonly goal?: number;
}

const framesMeasured = 192_000;
const roundsMax = 3000;
const limitMs = 300_000;

/**
 * Measures each with `repetitions` processes on each way to share out the labs, and prints a table.
 */
export function compareAll(comparisons: readonly Comparison[], repetitions: number): void {
  using labs = new DisposableStack();
  const most = Math.max(...comparisons.map(({ sides }) => sides.length));
  const testbeds = Array.from({ length: most }, () => labs.use(new VethLab()).testbed);
  const head = ["first", "other", "frame B", "flows", "window", "first p10 ns", "other p10 ns"];
  const table = new Table({
    head: [...head, "calls per frame", "other / first [95 %]", "goal"],
    style: { head: [], border: [] },
  });
  for (const comparison of comparisons) {
    const results: SideResult[][] = [];
    const count = comparison.sides.length;
    for (let i = 0; i < repetitions * count; i++) {
      const turned = comparison.sides.map((_, k) => testbeds[(k + i) % count]!);
      results.push(runProcess(comparison, turned));
      tell(comparison, results.at(-1)!, `${i + 1}/${repetitions * count}`);
    }
    table.push(...tableRows(comparison, results));
  }
  console.log(table.toString());
}

function runProcess(comparison: Comparison, testbeds: Order["testbeds"]): SideResult[] {
  const { sides, window, frameBytes = 64, flows = 1 } = comparison;
  const order: Order = {
    ...{ sides, testbeds, frameBytes, flows, window, cpu: allowedCpus().at(-1)! },
    warmUpWindows: Math.ceil(warmUpFramesUsual / window), // as trials do
    rounds: Math.min(roundsMax, Math.ceil(framesMeasured / window)),
  };
  const options = {
    input: JSON.stringify(order),
    encoding: "utf8",
    timeout: limitMs,
    maxBuffer: 1 << 26,
  } as const;
  const program = join(import.meta.dirname, "sides.ts");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...loaderFlags(), program],
    options,
  );
  if (status !== 0) throw new Error(`${sides.map(nameOf).join(", ")} failed: ${stderr.trim()}`);
  return JSON.parse(stdout) as SideResult[];
}

function tell({ sides, window }: Comparison, [first, ...others]: SideResult[], which: string) {
  const names = sides.map(nameOf).join(", ");
  const ratios = others.map(({ ns }) => ratioOf(ns, first!.ns).toFixed(3)).join(", ");
  console.error(`${names}, window ${window}: ${which}  ${ratios}`);
}

function nameOf({ variant, inC }: Side): string {
  return inC === undefined ? variant : `${variant} in C, ${inC}`;
}

/** One for each side but the first. */
function tableRows(comparison: Comparison, results: readonly SideResult[][]) {
  const { sides, window, frameBytes = 64, flows = 1, goal } = comparison;
  const lowestP10 = (k: number) => Math.min(...results.map((one) => p10(one[k]!.ns))).toFixed(0);
  const calls = (k: number) => results[0]![k]!.syscalls?.toFixed(4) ?? "?";
  return sides.slice(1).map((other, i) => {
    const ratios = results.map((one) => ratioOf(one[i + 1]!.ns, one[0]!.ns));
    return [
      ...[nameOf(sides[0]!), nameOf(other), frameBytes, flows, window],
      ...[lowestP10(0), lowestP10(i + 1), `${calls(0)}, ${calls(i + 1)}`],
      ...[ratioInWords(ratios), goal ?? "none"],
    ];
  });
}
