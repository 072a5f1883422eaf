/** The tester's loop makes nothing per frame: what it leaves to collect would end in latencies. */
import { getHeapStatistics } from "node:v8";
import type { FarEnds } from "@iopath/contract";
import { MonotonicClock } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { expect, it } from "vitest";
import { planFrame } from "../../../src/open-loop/tester/frame-plan.ts";
import {
  farBurst,
  OwnPortTraffic,
} from "../../../src/open-loop/tester/own-ports/own-port-traffic.ts";
import { forwardedFrame, testbed } from "./frames.ts";

const plan = planFrame(ipv4Forward, testbed, "ethernet", 64);
const placeBytes = 128;
const stampHalves = [
  plan.stamps.epoch,
  ...range(plan.stamps.sequence, 4),
  ...range(plan.stamps.time, 8),
]
  .filter((at) => at % 2 === 0)
  .map((at) => at / 2);

function range(first: number, length: number): number[] {
  return Array.from({ length }, (_, i) => first + i);
}

/** Each burst that is sent is there at the next look, as forwarded; nothing is allocated for it. */
function loopedEnds(): FarEnds {
  const memory = new Uint8Array(2 * farBurst * placeBytes);
  const halves = new Uint16Array(memory.buffer);
  const outgoing = Uint32Array.from({ length: farBurst }, (_, i) => i * placeBytes);
  const frame = forwardedFrame(ipv4Forward, plan, { sequence: 0, epoch: 0, timeNs: 0 });
  for (const at of outgoing) memory.set(frame, farBurst * placeBytes + at);
  let there = 0;
  return {
    ...{ memory, outgoing },
    setLength() {},
    send(count) {
      for (let i = 0; i < count; i++) {
        const from = (i * placeBytes) >>> 1;
        const to = ((farBurst + i) * placeBytes) >>> 1;
        for (let half = 0; half < stampHalves.length; half++) {
          halves[to + stampHalves[half]!] = halves[from + stampHalves[half]!]!;
        }
      }
      there = count;
      return count;
    },
    receive(batch) {
      const count = there;
      there = 0;
      batch.count = count;
      for (let i = 0; i < count; i++) {
        batch.offset[i] = (farBurst + i) * placeBytes;
        batch.length[i] = frame.length;
      }
      return count;
    },
    release() {},
    [Symbol.dispose]() {},
  };
}

it("allocates nothing per frame, once it was rehearsed, and the rehearsal is in no trial", () => {
  using clock = new MonotonicClock();
  const traffic = new OwnPortTraffic({ plan, ends: loopedEnds(), clock, needlessLooks: 0 });
  // Far less than V8 lets a thread make before it collects, or the heap would say nothing.
  const order = { rate: undefined, seconds: 0.004, promptly: false };
  traffic.rehearse();
  const perFrame: number[] = [];
  for (let epoch = 1; epoch <= 39; epoch++) {
    const before = getHeapStatistics().used_heap_size;
    const { offered } = traffic.send({ ...order, epoch });
    const after = getHeapStatistics().used_heap_size;
    perFrame.push((after - before) / offered);
    expect(traffic.arrivals()).toMatchObject({ forwarded: offered, reordered: 0, duplicated: 0 });
  }
  const median = perFrame.toSorted((a, b) => a - b)[perFrame.length >>> 1]!;
  // A number that is no small integer takes 12 bytes at least.
  expect(median).toBeLessThan(1);
});
