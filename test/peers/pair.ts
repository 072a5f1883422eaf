/**
 * One comparison in a process of its own: one forwarder on one pair of wires and another on a
 * second pair, both alive, one window through the one and the next window through the other. Each
 * is a variant of ours or its peer in C. Verified first. JSON in, JSON out.
 */

import { text } from "node:stream/consumers";
import { type Forwarder, type MeasuringTester, openForwarder } from "@iopath/contract";
import { findPath, findVariant } from "@iopath/harness";
import {
  buildWindows,
  openMeasuringTester,
  openVerifyingTester,
  verificationProblem,
  verify,
} from "@iopath/harness/testers";
import type { Testbed } from "@iopath/lab";
import { beginCompiled, inNamespace, pinToCpu } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { openPeer } from "./peer.ts";

export interface Side {
  readonly path: string;
  readonly variant: string;
  /** The file of the variant's peer in C, which then runs in its place. */
  readonly library?: string;
}

export interface PairOrder {
  /** The second side's time is divided by the first's. */
  readonly sides: readonly [Side, Side];
  readonly testbeds: readonly [Testbed, Testbed];
  readonly frameBytes: number;
  readonly flows: number;
  readonly window: number;
  readonly warmUpWindows: number;
  readonly pairs: number;
  readonly cpu: number;
}

export interface SideResult {
  /**
   * Nanoseconds a frame, window by window; index i of both sides was measured one after the other.
   */
  readonly ns: number[];
  /** A frame, where the forwarder counts them. */
  readonly syscalls?: number;
}

export type PairResult = readonly [SideResult, SideResult];

/** One that waits for a timer of 1 ms polls some ten thousand times a window. */
const pollsMax = 10_000_000;
const burst = 64;

interface Lane extends Disposable {
  readonly tester: MeasuringTester;
  readonly forwarder: Forwarder;
}

function measure(order: PairOrder, [first, second]: readonly [Lane, Lane]): PairResult {
  const { warmUpWindows, pairs, window } = order;
  const ns = [new Float64Array(pairs), new Float64Array(pairs)] as const;
  let before: number[] = [];
  for (let i = -warmUpWindows; i < pairs; i++) {
    if (i === 0) before = [syscallsOf(first), syscallsOf(second)];
    const firstNs = exchange(first, window);
    const secondNs = exchange(second, window);
    if (i < 0) continue;
    ns[0][i] = firstNs;
    ns[1][i] = secondNs;
  }
  const result = (lane: Lane, k: 0 | 1): SideResult => {
    const syscalls = (syscallsOf(lane) - before[k]!) / (pairs * window);
    return { ns: [...ns[k]], ...(Number.isNaN(syscalls) ? {} : { syscalls }) };
  };
  return [result(first, 0), result(second, 1)];
}

function syscallsOf({ forwarder }: Lane): number {
  return forwarder.counters().syscalls ?? Number.NaN;
}

function exchange({ tester, forwarder }: Lane, window: number): number {
  const start = performance.now();
  const want = (tester.received() + window) | 0;
  tester.sendWindow();
  for (let polls = 0; tester.received() !== want; polls++) {
    if (polls > pollsMax) throw new Error("frames were lost");
    forwarder.step();
  }
  return ((performance.now() - start) * 1e6) / window;
}

function openSide({ path, variant, library }: Side, { forwarderNamespace, ports }: Testbed) {
  return inNamespace(forwarderNamespace, () =>
    library === undefined
      ? openForwarder(findPath(path), variant, ports, { burst, workload: ipv4Forward })
      : openPeer(variant, library, ports, burst),
  );
}

/** No path is measured before its frames are verified; a peer is no exception. */
async function openLane(order: PairOrder, side: Side, testbed: Testbed): Promise<Lane> {
  using opening = new DisposableStack();
  const forwarder = opening.use(openSide(side, testbed));
  const { carrier } = findVariant(findPath(side.path), side.variant);
  await verifySide(order, side, testbed, forwarder);
  const { frameBytes, window, flows } = order;
  const windows = buildWindows(ipv4Forward, testbed, frameBytes, window);
  const tester = opening.use(
    openMeasuringTester(ipv4Forward, testbed, carrier, windows, { flows }),
  );
  const resources = opening.move();
  return { tester, forwarder, [Symbol.dispose]: () => resources.dispose() };
}

async function verifySide(order: PairOrder, side: Side, testbed: Testbed, forwarder: Forwarder) {
  const { path, variant } = side;
  const { carrier, deviations } = findVariant(findPath(path), variant);
  using tester = openVerifyingTester(testbed, carrier, order.flows);
  const what = { role: "verify", testbed, path, variant, burst, parentPid: 0, workers: 1 } as const;
  const request = { ...what, flows: order.flows, frames: 5000, seed: 1 };
  const problem = verificationProblem(await verify(request, tester, forwarder, deviations));
  if (problem) throw new Error(`${variant}: ${problem}`);
}

const input = process.argv[2] ?? (await text(process.stdin));
beginCompiled([input]);
const order = JSON.parse(input) as PairOrder;
const { sides, testbeds, cpu } = order;
pinToCpu(cpu);
using first = await openLane(order, sides[0], testbeds[0]);
using second = await openLane(order, sides[1], testbeds[1]);
process.stdout.write(JSON.stringify(measure(order, [first, second])));
