/**
 * Runs in a guest: the forwarder in TypeScript and the same one in C, plain and tuned, on the
 * paravirtual device, a window through each in turn. Verified first. Prints JSON.
 *
 *     forwarders.ts LIBRARY_OF_PLAIN LIBRARY_OF_TUNED WINDOW ROUNDS
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
import type { Form } from "../c-library.ts";
import { openForwarderInC } from "./loop.ts";

compileEarly();
const [plain, tuned, ...numbers] = process.argv.slice(2) as [string, string, ...string[]];
const [window, rounds] = numbers.map(Number) as [number, number];
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

const openInC = (library: string) => (resources: DisposableStack) =>
  openForwarderInC(library, testbed.ports, burst, resources);
const contenders = { ours: openOurs, plain: openInC(plain), tuned: openInC(tuned) };

/** No path is measured before its frames are verified; a peer is no exception. */
async function verifyOn(open: (resources: DisposableStack) => Contender): Promise<void> {
  using resources = new DisposableStack();
  const contender = open(resources);
  const tester = resources.use(contender.testers.verifying());
  const request = {
    ...({ role: "verify", testbed, path: "pvrdma", variant, burst, parentPid: 0 } as const),
    ...{ flows: 1, workers: 1, frames: framesVerified, seed: 1 },
  };
  const workload = ipv4Forward;
  const forwarder = { ...contender, workload, path: { kind: "polled" } } as unknown as Forwarder;
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

export type Contest = Record<"ours" | Form, Times>;

function measure(resources: DisposableStack): Contest {
  const frames = buildWindows(ipv4Forward, testbed, frameBytes, window)[0]!;
  const lanes = Object.entries(contenders).map(([name, open]) => {
    const { testers, step } = open(resources);
    const tester = resources.use(testers.measuring(frames, ipv4Forward));
    return { name, tester, step, times: { whole: [], forwarder: [] } satisfies Times as Times };
  });
  for (let i = -warmUpWindows; i < rounds; i++) {
    for (const { tester, step, times } of lanes) exchange(tester, step, times);
  }
  const sampled = ({ whole, forwarder }: Times): Times => ({
    whole: whole.slice(warmUpWindows),
    forwarder: forwarder.slice(warmUpWindows),
  });
  return Object.fromEntries(lanes.map(({ name, times }) => [name, sampled(times)])) as Contest;
}

for (const open of Object.values(contenders)) await verifyOn(open);
using resources = new DisposableStack();
console.log(JSON.stringify(measure(resources)));
