/**
 * One comparison in a process of its own: TypeScript on one pair of wires and C on another, both alive,
 * one window through the one and the next through the other. Verified first. JSON in, JSON out.
 */
import { text } from "node:stream/consumers";
import { type Forwarder, type MeasuringTester, openForwarder } from "@iopath/contract";
import { findPath } from "@iopath/harness";
import {
  buildWindows,
  openMeasuringTester,
  openVerifyingTester,
  verificationProblem,
  verify,
} from "@iopath/harness/testers";
import type { Place } from "@iopath/lab";
import { inNamespace, pinToCpu } from "@iopath/native";
import { openPeer, type PeerName } from "./peer.ts";

export interface PairOrder {
  readonly path: string;
  readonly variant: PeerName;
  readonly library: string;
  /** Where TypeScript and where C runs. */
  readonly ours: Place;
  readonly theirs: Place;
  readonly frameBytes: number;
  readonly window: number;
  readonly warmUpWindows: number;
  readonly pairs: number;
  readonly cpu: number;
}

export interface PairResult {
  /** Nanoseconds a frame, window by window; index i of both was measured one after the other. */
  readonly oursNs: number[];
  readonly theirsNs: number[];
}

const pollsMax = 1_000_000;
const burst = 64;

type Steps = Pick<Forwarder, "step" | "counters">;

function measure(order: PairOrder, ours: Steps, theirs: Steps): PairResult {
  using ourTester = newTester(order.ours, order);
  using theirTester = newTester(order.theirs, order);
  const oursNs = new Float64Array(order.pairs);
  const theirsNs = new Float64Array(order.pairs);
  for (let i = -order.warmUpWindows; i < order.pairs; i++) {
    const first = exchange(ourTester, ours.step, order.window);
    const second = exchange(theirTester, theirs.step, order.window);
    if (i < 0) continue;
    oursNs[i] = first;
    theirsNs[i] = second;
  }
  return { oursNs: [...oursNs], theirsNs: [...theirsNs] };
}

function newTester(place: Place, { frameBytes, window }: PairOrder): MeasuringTester {
  return openMeasuringTester(place, "ethernet", buildWindows(place, frameBytes, window));
}

function exchange(tester: MeasuringTester, step: () => number, window: number): number {
  const start = performance.now();
  const want = (tester.received() + window) | 0;
  tester.sendWindow();
  for (let polls = 0; tester.received() !== want; polls++) {
    if (polls > pollsMax) throw new Error("frames were lost");
    step();
  }
  return ((performance.now() - start) * 1e6) / window;
}

/** No path is measured before its frames are verified; the peer is no exception. */
async function verifyBoth(order: PairOrder, ours: Steps, theirs: Steps): Promise<void> {
  for (const [place, forwarder] of [
    [order.ours, ours],
    [order.theirs, theirs],
  ] as const) {
    using tester = openVerifyingTester(place, "ethernet");
    const { path, variant } = order;
    const request = {
      role: "verify",
      place,
      path,
      variant,
      burst,
      parentPid: 0,
      flows: 1,
      workers: 1,
      frames: 5000,
      seed: 1,
    } as const;
    const result = await verify(request, tester, forwarder as Forwarder);
    const problem = verificationProblem(result);
    if (problem) throw new Error(problem);
  }
}

const order = JSON.parse(await text(process.stdin)) as PairOrder;
pinToCpu(order.cpu);
using ours = inNamespace(order.ours.forwarderNamespace, () =>
  openForwarder(findPath(order.path), order.variant, order.ours.ports, { burst }),
);
using theirs = inNamespace(order.theirs.forwarderNamespace, () =>
  openPeer(order.variant, order.library, order.theirs.ports, burst),
);
await verifyBoth(order, ours, theirs);
process.stdout.write(JSON.stringify(measure(order, ours, theirs)));
