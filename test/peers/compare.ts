/**
 * `npm run bench:peers`: the loops in TypeScript against the same loops in C, in alternation, on the
 * same two labs with the sides swapped. Prints C's time divided by ours: above 1, we are faster. Then DPDK's
 * loops against C and dpdk-testpmd.
 *
 *     npm run bench:peers -- [REPETITIONS [all|kernel|dpdk [LOOP...]]]
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { lockMachine, VethLab } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import Table from "cli-table3";
import { medianSorted, quantileSorted } from "simple-statistics";
import { compareDpdk } from "./dpdk/compare.ts";
import type { PairOrder, PairResult } from "./pair.ts";
import { compilePeer, type PeerName } from "./peer.ts";

const [repetitionsText = "6", part = "all", ...loopNames] = process.argv.slice(2);
const repetitions = Number(repetitionsText);
const pairs = 3000;
const warmUpWindows = 1500;
const limitMs = 60_000;

const comparisons: readonly {
  path: string;
  variant: PeerName;
  frameBytes: number;
  window: number;
  goal?: number;
}[] = [
  { path: "xdp", variant: "af-xdp", frameBytes: 64, window: 64, goal: 0.97 },
  { path: "xdp", variant: "af-xdp", frameBytes: 64, window: 1 },
  { path: "kernel-sockets", variant: "packet-mmsg", frameBytes: 64, window: 64, goal: 0.98 },
  { path: "kernel-sockets", variant: "packet-mmsg", frameBytes: 64, window: 1 },
  { path: "kernel-sockets", variant: "io-uring", frameBytes: 64, window: 64, goal: 0.97 },
  { path: "kernel-sockets", variant: "io-uring", frameBytes: 64, window: 1 },
];

function runPair(order: PairOrder): PairResult {
  const program = join(import.meta.dirname, "pair.ts");
  const options = {
    input: JSON.stringify(order),
    encoding: "utf8",
    timeout: limitMs,
    maxBuffer: 1 << 26,
  } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], options);
  if (status !== 0) throw new Error(`the pair of ${order.variant} failed: ${stderr.trim()}`);
  return JSON.parse(stdout) as PairResult;
}

/** The median of the ratios of neighbours: what the machine does meanwhile meets both. */
function ratioOf({ oursNs, theirsNs }: PairResult): number {
  return medianSorted(oursNs.map((ns, i) => theirsNs[i]! / ns).sort((a, b) => a - b));
}

function p10(samples: number[]): number {
  return quantileSorted(
    samples.toSorted((a, b) => a - b),
    0.1,
  );
}

function comparePaths(): void {
  using first = new VethLab();
  using second = new VethLab();
  const table = new Table({
    head: [
      "variant",
      "frame B",
      "window",
      "TypeScript p10 ns",
      "C p10 ns",
      "C / TypeScript",
      "lowest",
      "highest",
      "goal",
    ],
    style: { head: [], border: [] },
  });
  for (const { path, variant, frameBytes, window, goal } of comparisons) {
    const library = compilePeer(variant);
    const results: PairResult[] = [];
    for (let i = 0; i < repetitions * 2; i++) {
      const [ours, theirs] =
        i % 2 === 0 ? [first.place, second.place] : [second.place, first.place];
      const cpu = allowedCpus().at(-1)!;
      const common = { path, variant, library, frameBytes, window, cpu, ours, theirs };
      results.push(runPair({ ...common, warmUpWindows, pairs }));
      console.error(
        `${variant} window ${window}: ${i + 1}/${repetitions * 2}  ${ratioOf(results.at(-1)!).toFixed(3)}`,
      );
    }
    const ratios = results.map(ratioOf).sort((a, b) => a - b);
    const of = (pick: (result: PairResult) => number[]) =>
      Math.min(...results.map((result) => p10(pick(result)))).toFixed(0);
    table.push([
      variant,
      frameBytes,
      window,
      of(({ oursNs }) => oursNs),
      of(({ theirsNs }) => theirsNs),
      medianSorted(ratios).toFixed(3),
      ratios[0]!.toFixed(3),
      ratios.at(-1)!.toFixed(3),
      goal ?? "none",
    ]);
  }
  console.log(table.toString());
}

using _lock = await lockMachine({
  waitMs: 600_000,
  onWait: (pid) => console.error(`waiting for process ${pid}`),
});
if (part !== "dpdk") comparePaths();
if (part !== "kernel") await compareDpdk(repetitions, loopNames);
