/**
 * Runs in a guest: the forwarder in TypeScript and the same one in C on the paravirtual device, one
 * window through the one and the next through the other. Verified first. Prints JSON.
 *
 *     forward-pair.ts LIBRARY WINDOW PAIRS
 */

import {
  type Forwarder,
  type MeasuringTester,
  type OwnTesters,
  openForwarder,
} from "@iopath/contract";
import { buildWindows, verificationProblem, verify } from "@iopath/harness/testers";
import { compileEarly } from "@iopath/native";
import { paravirtualTestbed, pvrdma, type VerbsPath } from "@iopath/pvrdma";
import { ipv4Forward } from "@iopath/workloads";
import { openForwarderInC } from "./loop.ts";

compileEarly();
const [library, windowText, pairsText] = process.argv.slice(2) as [string, string, string];
const [window, pairs] = [Number(windowText), Number(pairsText)];
/** The compiler takes more than a thousand windows of 64 frames until all is as fast as it gets. */
const warmUpWindows = Math.max(2500, 40_000 / window);
const framesVerified = 2000;
const frameBytes = 64;
const burst = 64;
const pollsMax = 100_000;
const variant = "rc-send";

const testbed = paravirtualTestbed();

interface Contender extends Pick<Forwarder, "step" | "counters"> {
  readonly testers: OwnTesters;
}

function openOurs(resources: DisposableStack): Contender {
  const forwarder = resources.use(
    openForwarder(pvrdma, variant, testbed.ports, { burst, workload: ipv4Forward }),
  );
  const { testers } = forwarder.path as VerbsPath;
  return { step: forwarder.step, counters: () => forwarder.counters(), testers };
}

function openTheirs(resources: DisposableStack): Contender {
  return openForwarderInC(library, testbed.ports, burst, resources);
}

/** No path is measured before its frames are verified; the peer is no exception. */
async function verifyOn(open: (resources: DisposableStack) => Contender): Promise<void> {
  using resources = new DisposableStack();
  const contender = open(resources);
  const tester = resources.use(contender.testers.verifying());
  const request = {
    ...({ role: "verify", testbed, path: "pvrdma", variant, burst, parentPid: 0 } as const),
    ...{ flows: 1, workers: 1, frames: framesVerified, seed: 1 },
  };
  const forwarder = { ...contender, path: { kind: "polled" } } as unknown as Forwarder;
  const problem = verificationProblem(await verify(request, tester, forwarder));
  if (problem) throw new Error(problem);
}

/** Nanoseconds a frame: of the whole window, and of the forwarder in it. */
interface Times {
  readonly whole: number[];
  readonly forwarder: number[];
}

function exchange(tester: MeasuringTester, step: () => number, { whole, forwarder }: Times): void {
  const start = performance.now();
  const want = (tester.received() + window) | 0;
  tester.sendWindow();
  let stepping = 0;
  for (let polls = 0; tester.received() !== want; polls++) {
    if (polls > pollsMax) throw new Error("frames were lost");
    const before = performance.now();
    step();
    stepping += performance.now() - before;
  }
  whole.push(((performance.now() - start) * 1e6) / window);
  forwarder.push((stepping * 1e6) / window);
}

export interface Pair {
  readonly ours: Times;
  readonly theirs: Times;
}

function measure(resources: DisposableStack): Pair {
  const frames = buildWindows(ipv4Forward, testbed, frameBytes, window)[0]!;
  const [ours, theirs] = [openOurs(resources), openTheirs(resources)];
  const [ourTester, theirTester] = [ours, theirs].map(({ testers }) =>
    resources.use(testers.measuring(frames, ipv4Forward)),
  ) as [MeasuringTester, MeasuringTester];
  const [ourTimes, theirTimes]: [Times, Times] = [
    { whole: [], forwarder: [] },
    { whole: [], forwarder: [] },
  ];
  for (let i = -warmUpWindows; i < pairs; i++) {
    exchange(ourTester, ours.step, ourTimes);
    exchange(theirTester, theirs.step, theirTimes);
  }
  const sampled = ({ whole, forwarder }: Times): Times => ({
    whole: whole.slice(warmUpWindows),
    forwarder: forwarder.slice(warmUpWindows),
  });
  return { ours: sampled(ourTimes), theirs: sampled(theirTimes) };
}

await verifyOn(openOurs);
await verifyOn(openTheirs);
using resources = new DisposableStack();
console.log(JSON.stringify(measure(resources)));
