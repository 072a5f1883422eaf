/**
 * `npm run bench:peers`: the loops in TypeScript against the same loops in C, plain and tuned, in
 * alternation, on labs that they change. Prints C's time divided by ours: above 1, we are faster.
 * Then latencies in an open loop, DPDK's loops against C and dpdk-testpmd, and verbs against C in a
 * guest.
 *
 *     npm run bench:peers -- [REPETITIONS [all|kernel|latency|dpdk|verbs [LOOP...]]]
 */
import { describeHolders, lockMachine } from "@iopath/lab";
import { type Comparison, compareAll } from "./alternate.ts";
import { forms } from "./c-library.ts";
import { compareDpdk } from "./dpdk/compare.ts";
import { compareLatency } from "./latency/compare.ts";
import type { PeerName } from "./peer.ts";
import { compareVerbs } from "./verbs/compare.ts";

const [repetitionsText = "3", part = "all", ...loopNames] = process.argv.slice(2);
const repetitions = Number(repetitionsText);
/** Ours, and C in each form: so many processes are there per repetition. */
const sides = 1 + forms.length;

/** By window: what every polled variant should reach. */
const goals = { 1: 0.97, 32: 0.99, 64: 0.99 } as const;
const loops: readonly { path: string; variant: PeerName }[] = [
  { path: "xdp", variant: "af-xdp" },
  { path: "kernel-sockets", variant: "packet-mmsg" },
  { path: "kernel-sockets", variant: "packet-ring" },
  { path: "kernel-sockets", variant: "io-uring" },
  { path: "kernel-sockets", variant: "udp-mmsg" },
];

function comparisonsOf({ path, variant }: (typeof loops)[number]): Comparison[] {
  const ours = { path, variant };
  const sides = [ours, ...forms.map((inC) => ({ ...ours, inC }))];
  return Object.entries(goals).map(([window, goal]) => ({ sides, window: Number(window), goal }));
}

using _lock = await lockMachine({
  waitMs: 600_000,
  onWait: (holders) => console.error(`waiting for ${describeHolders(holders)}`),
});
const wanted = (name: string) => part === "all" || part === name;
if (wanted("kernel")) {
  const chosen = loops.filter(
    ({ variant }) => loopNames.length === 0 || loopNames.includes(variant),
  );
  compareAll(chosen.flatMap(comparisonsOf), repetitions);
}
if (wanted("latency")) await compareLatency(sides * repetitions);
if (wanted("dpdk")) await compareDpdk(repetitions, loopNames);
if (wanted("verbs")) await compareVerbs();
