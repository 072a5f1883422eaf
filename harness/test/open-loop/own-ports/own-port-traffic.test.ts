/** Generator and sink in one loop, over ports that are made and by a clock that is made. */
import type { FarEnds } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { binOf } from "../../../src/open-loop/bins.ts";
import { planFrame } from "../../../src/open-loop/tester/frame-plan.ts";
import {
  farBurst,
  OwnPortTraffic,
} from "../../../src/open-loop/tester/own-ports/own-port-traffic.ts";
import { forwardedFrame, testbed } from "./frames.ts";

const plan = planFrame(ipv4Forward, testbed, "ethernet", 64);
const placeBytes = 2048;
const lookNs = 50;

interface FakeOptions {
  /** Frames of a burst that the wire has room for. */
  readonly room?: (burst: number) => number;
  /** So many calls of `receive` a frame is on its way. */
  readonly triesOnTheWay?: number;
  /** What becomes of frame number i: none, one or several of that number. */
  readonly fate?: (sequence: number) => readonly number[];
}

/** A forwarder that sends each frame on as the reference says, after a while. */
function fakeWire({ room = (burst) => burst, triesOnTheWay = 4, fate }: FakeOptions = {}) {
  const memory = new Uint8Array(2 * farBurst * placeBytes);
  const view = new DataView(memory.buffer);
  const now = new Float64Array([1e6]);
  let tries = 0;
  const clock = {
    now,
    look() {
      now[0]! += lookNs;
    },
  };
  const onTheWay: { readonly frame: Uint8Array; comesAt: number }[] = [];
  const released: number[] = [];
  const outgoing = Uint32Array.from({ length: farBurst }, (_, i) => i * placeBytes);
  const pass = (at: number) => {
    const stamp = (field: number) => view.getUint32(at + field, true);
    const sequence = stamp(plan.stamps.sequence);
    const timeNs = Number(view.getBigUint64(at + plan.stamps.time, true));
    const epoch = view.getUint16(at + plan.stamps.epoch, true);
    for (const number of fate ? fate(sequence) : [sequence]) {
      const frame = forwardedFrame(ipv4Forward, plan, { sequence: number, epoch, timeNs });
      onTheWay.push({ frame, comesAt: tries + triesOnTheWay });
    }
  };
  const ends: FarEnds = {
    ...{ memory, outgoing },
    setLength: (bytes) => expect(bytes).toBe(plan.onWire.length),
    send(count) {
      const taken = Math.min(count, room(count));
      for (const at of outgoing.subarray(0, taken)) pass(at);
      return taken;
    },
    receive(batch) {
      batch.count = 0;
      tries++;
      while (batch.count < batch.capacity && (onTheWay[0]?.comesAt ?? Infinity) <= tries) {
        const { frame } = onTheWay.shift()!;
        const at = (farBurst + batch.count) * placeBytes;
        memory.set(frame, at);
        batch.offset[batch.count] = at;
        batch.length[batch.count++] = frame.length;
      }
      return batch.count;
    },
    release: (count) => void released.push(count),
    [Symbol.dispose]() {},
  };
  /** Whatever is on its way comes now. */
  const arriveNow = () => {
    for (const one of onTheWay) one.comesAt = 0;
  };
  return { ends, clock, released, arriveNow };
}

function trafficOn(options?: FakeOptions, needlessLooks = 0) {
  const { ends, clock, ...wire } = fakeWire(options);
  const traffic = new OwnPortTraffic({ plan, ends, clock, needlessLooks });
  return { traffic, ...wire };
}

const order = { epoch: 1, rate: 1e6, seconds: 0.001, promptly: true };
const whole = { duplicated: 0, reordered: 0, corrupted: 0, foreign: 0, stale: 0 };

describe("a tester over own ports", () => {
  it("sends all that is intended, and finds all of it whole, once and in order", () => {
    const { traffic, released } = trafficOn();
    const sent = traffic.send(order);
    expect(sent).toMatchObject({ offered: 1000, refused: 0, skipped: 0 });
    expect(sent.lastAtNs - sent.firstAtNs).toBeGreaterThanOrEqual(999_000);
    expect(traffic.arrivals()).toMatchObject({ forwarded: 1000, ...whole });
    expect(released.reduce((sum, count) => sum + count, 0)).toBe(1000);
  });

  it("says how long they were on their way: from before the sending to behind the receiving", () => {
    const { traffic } = trafficOn({ triesOnTheWay: 20 });
    traffic.send({ ...order, rate: 100_000 });
    expect(traffic.arrivals().maxNs).toBe(20 * lookNs);
    // The last one comes when the loop is over, and this clock stands still without it.
    expect(traffic.bins().at(-1)).toEqual([binOf(20 * lookNs), 99]);
  });

  it("counts what the ring has no room for as offered and refused, and goes on", () => {
    const { traffic } = trafficOn({ room: () => 3 });
    const sent = traffic.send({ ...order, rate: undefined, seconds: 20e-6 });
    expect(sent.offered % farBurst).toBe(0);
    expect(sent.refused).toBe((sent.offered / farBurst) * (farBurst - 3));
    expect(traffic.arrivals()).toMatchObject({ ...whole, forwarded: sent.offered - sent.refused! });
  });

  it("ends when nothing is taken any more, as of a forwarder that has died", () => {
    const { traffic } = trafficOn({ room: () => 0 });
    const sent = traffic.send(order);
    expect(sent).toMatchObject({ offered: 1000, refused: 1000 });
    expect(traffic.arrivals()).toMatchObject({ forwarded: 0, ...whole });
  });

  it("ends when frames are taken and never come back", () => {
    const { traffic } = trafficOn({ fate: () => [] });
    expect(traffic.send(order)).toMatchObject({ offered: 1000, refused: 0 });
    expect(traffic.arrivals()).toMatchObject({ forwarded: 0, ...whole });
  });

  it("finds what a forwarder loses, repeats and puts out of order", () => {
    const fates: Record<number, readonly number[]> = { 10: [], 20: [20, 20], 30: [31], 31: [30] };
    const { traffic } = trafficOn({ fate: (number) => fates[number] ?? [number] });
    traffic.send(order);
    expect(traffic.arrivals()).toMatchObject({ forwarded: 999, duplicated: 1, reordered: 1 });
  });

  it("takes frames that still come from the trial before for what they are", () => {
    const { traffic, arriveNow } = trafficOn({ triesOnTheWay: 1e9 });
    traffic.send({ ...order, seconds: 1e-5 });
    expect(traffic.arrived()).toBe(0);
    arriveNow();
    traffic.send({ ...order, epoch: 2, seconds: 2e-5 });
    arriveNow();
    expect(traffic.arrived()).toBe(20);
    arriveNow();
    traffic.send({ ...order, epoch: 3, seconds: 1e-5 });
    expect(traffic.arrivals()).toMatchObject({ ...whole, forwarded: 0 });
  });

  it("knows frames of the trial before that come in the midst of this one", () => {
    const fate = (number: number) => (number < 5 ? [] : [number]);
    const { traffic, arriveNow } = trafficOn({ triesOnTheWay: 1e9, fate });
    traffic.send({ ...order, seconds: 1e-5 });
    traffic.send({ ...order, epoch: 2, seconds: 1e-5 });
    arriveNow();
    expect(traffic.arrived()).toBe(10);
    expect(traffic.arrivals()).toMatchObject({ ...whole, forwarded: 5, stale: 5 });
  });

  it("is slower by needless looks at the clock", () => {
    const { traffic } = trafficOn({}, 100);
    const { offered, skipped } = traffic.send(order);
    expect(offered).toBeLessThan(500);
    expect(skipped).toBeGreaterThan(0);
  });
});
