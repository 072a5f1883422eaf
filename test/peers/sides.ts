/**
 * One comparison in a process of its own: forwarders on wires of their own, all alive, a window
 * through the one and the next through another. Each is a variant of ours or its peer in C.
 * Verified first. JSON in, JSON out.
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
import { compileEarly, inNamespace, pinToCpu } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import type { Form } from "./c-library.ts";
import { openPeer, type PeerName } from "./peer.ts";

export interface Side {
  readonly path: string;
  readonly variant: string;
  /** The variant's peer in C runs in its place, in this form. */
  readonly inC?: Form;
}

export interface Order {
  readonly sides: readonly Side[];
  /** One for each side. */
  readonly testbeds: readonly Testbed[];
  readonly frameBytes: number;
  readonly flows: number;
  readonly window: number;
  readonly warmUpWindows: number;
  readonly rounds: number;
  readonly cpu: number;
}

export interface SideResult {
  /**
   * Nanoseconds a frame, window by window; index i of all sides was measured one after the other.
   */
  readonly ns: number[];
  /** A frame, where the forwarder counts them. */
  readonly syscalls?: number;
}

/** One that waits for a timer of 1 ms polls some ten thousand times a window. */
const pollsMax = 10_000_000;
const burst = 64;

interface Lane extends Disposable {
  readonly tester: MeasuringTester;
  readonly forwarder: Forwarder;
}

/** A window each, and that so often; each round in the other direction. */
function measure({ warmUpWindows, rounds, window }: Order, lanes: readonly Lane[]): SideResult[] {
  const ns = lanes.map(() => new Float64Array(rounds));
  const forth = [...lanes.keys()];
  const inTurn = [forth, forth.toReversed()];
  let before: number[] = [];
  for (let i = -warmUpWindows; i < rounds; i++) {
    if (i === 0) before = lanes.map(syscallsOf);
    for (const k of inTurn[i & 1]!) {
      const taken = exchange(lanes[k]!, window);
      if (i >= 0) ns[k]![i] = taken;
    }
  }
  return lanes.map((lane, k) => {
    const syscalls = (syscallsOf(lane) - before[k]!) / (rounds * window);
    return { ns: [...ns[k]!], ...(Number.isNaN(syscalls) ? {} : { syscalls }) };
  });
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

function openSide({ path, variant, inC }: Side, { forwarderNamespace, ports }: Testbed) {
  return inNamespace(forwarderNamespace, () =>
    inC === undefined
      ? openForwarder(findPath(path), variant, ports, { burst, workload: ipv4Forward })
      : openPeer(variant as PeerName, inC, ports, burst),
  );
}

/** No path is measured before its frames are verified; a peer is no exception. */
async function openLane(order: Order, side: Side, testbed: Testbed): Promise<Lane> {
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

async function verifySide(order: Order, side: Side, testbed: Testbed, forwarder: Forwarder) {
  const { path, variant } = side;
  const { carrier, deviations } = findVariant(findPath(path), variant);
  using tester = openVerifyingTester(testbed, carrier, order.flows);
  const what = { role: "verify", testbed, path, variant, burst, parentPid: 0, workers: 1 } as const;
  const request = { ...what, flows: order.flows, frames: 5000, seed: 1 };
  const problem = verificationProblem(await verify(request, tester, forwarder, deviations));
  if (problem) throw new Error(`${variant}: ${problem}`);
}

compileEarly();
const order = JSON.parse(await text(process.stdin)) as Order;
pinToCpu(order.cpu);
using resources = new DisposableStack();
const lanes: Lane[] = [];
for (const [i, side] of order.sides.entries()) {
  lanes.push(resources.use(await openLane(order, side, order.testbeds[i]!)));
}
process.stdout.write(JSON.stringify(measure(order, lanes)));
