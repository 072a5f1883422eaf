/** What the sink over own ports says of frames, with faults planted in them. */
import { Batch } from "@iopath/contract";
import { ipv4Forward, ipv6Forward } from "@iopath/workloads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binOf } from "../../../src/open-loop/bins.ts";
import { type FramePlan, planFrame } from "../../../src/open-loop/tester/frame-plan.ts";
import { ArrivalCheck } from "../../../src/open-loop/tester/own-ports/arrivals.ts";
import { forwardedFrame, testbed } from "./frames.ts";

const epoch = 3;
const placeBytes = 2048;
const places = 32;

/** A sink whose clock stands at a time, and a way to have frames arrive. */
function newSink(plan: FramePlan, nowNs = 1000) {
  const memory = new Uint8Array(places * placeBytes);
  const now = new Float64Array([nowNs]);
  const sink = new ArrivalCheck(plan, memory, now);
  const batch = new Batch(places);
  sink.begin(epoch);
  const arrive = (...frames: readonly Uint8Array[]) => {
    batch.count = frames.length;
    for (const [i, frame] of frames.entries()) {
      memory.set(frame, i * placeBytes);
      batch.offset[i] = i * placeBytes;
      batch.length[i] = frame.length;
    }
    sink.check(batch);
  };
  return { sink, now, arrive };
}

describe.each([
  [ipv4Forward.name, 64, ipv4Forward],
  [ipv4Forward.name, 1518, ipv4Forward],
  [ipv6Forward.name, 88, ipv6Forward],
] as const)("the sink over own ports, for %s and frames of %i bytes", (_name, size, workload) => {
  const plan = planFrame(workload, testbed, "ethernet", size);
  const frame = (sequence: number, stamp: { epoch?: number; timeNs?: number } = {}) =>
    forwardedFrame(workload, plan, { sequence, epoch, timeNs: 0, ...stamp });
  const changed = (at: number) => {
    const one = frame(7);
    one[at]! ^= 0x10;
    return one;
  };

  it("counts whole frames once, and finds nothing wrong with them", () => {
    const { sink, arrive } = newSink(plan);
    arrive(frame(0), frame(1));
    arrive(frame(2));
    expect(sink.arrivals()).toEqual({
      ...{ forwarded: 3, duplicated: 0, reordered: 0, corrupted: 0, foreign: 0, stale: 0 },
      maxNs: 1000,
    });
    expect(sink.arrived()).toBe(3);
  });

  it("knows a frame that comes twice, also when others came in between", () => {
    const { sink, arrive } = newSink(plan);
    arrive(frame(0), frame(1), frame(2), frame(1), frame(2));
    expect(sink.arrivals()).toMatchObject({ forwarded: 3, duplicated: 2, reordered: 0 });
  });

  it("knows a frame behind a later one", () => {
    const { sink, arrive } = newSink(plan);
    arrive(frame(0), frame(3), frame(1), frame(2), frame(4));
    expect(sink.arrivals()).toMatchObject({ forwarded: 5, duplicated: 0, reordered: 2 });
  });

  it("takes a gap for a loss, and for nothing else", () => {
    const { sink, arrive } = newSink(plan);
    arrive(frame(0), frame(70_000), frame(70_001));
    expect(sink.arrivals()).toMatchObject({ forwarded: 3, duplicated: 0, reordered: 0 });
  });

  it("knows a changed byte wherever it looks: the first ones, and the last four", () => {
    const { stamps, mark } = plan;
    const stamped = (at: number) =>
      (at >= stamps.sequence && at < stamps.sequence + 4) ||
      (at >= stamps.time && at < stamps.time + 8) ||
      (at >= stamps.epoch && at < stamps.epoch + 2) ||
      (at >= mark.at && at < mark.at + 4);
    const length = frame(0).length;
    const looked = [...Array(Math.min(60, length)).keys(), length - 4, length - 1];
    const { sink, arrive } = newSink(plan);
    const compared = looked.filter((at) => !stamped(at));
    for (const at of compared) arrive(changed(at));
    expect(sink.arrivals()).toMatchObject({ forwarded: 0, corrupted: compared.length });
  });

  it("knows frames of others, of an earlier trial, and of another length", () => {
    const { sink, arrive } = newSink(plan);
    const whole = frame(1);
    const longer = new Uint8Array(whole.length + 2);
    longer.set(whole);
    arrive(changed(plan.mark.at), frame(2, { epoch: 2 }), longer, whole.subarray(0, 42));
    const expected = { forwarded: 0, foreign: 2, stale: 1, corrupted: 1 };
    expect(sink.arrivals()).toMatchObject(expected);
    expect(sink.arrived()).toBe(4);
  });

  it("bins the time on the way as the sink in the kernel does", () => {
    const latency = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.maxSafeNat().map((ns) => ns % 2 ** 40),
    );
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: places }), (latencies) => {
        const nowNs = 2 ** 41;
        const { sink, arrive } = newSink(plan, nowNs);
        arrive(...latencies.map((ns, i) => frame(i, { timeNs: nowNs - ns })));
        const expected = new Map<number, number>();
        for (const ns of latencies) expected.set(binOf(ns), (expected.get(binOf(ns)) ?? 0) + 1);
        expect(new Map(sink.bins())).toEqual(expected);
        expect(sink.arrivals().maxNs).toBe(Math.max(...latencies));
      }),
    );
  });

  it("forgets all when the next trial begins", () => {
    const { sink, arrive } = newSink(plan);
    arrive(frame(0), frame(0), changed(20));
    sink.begin(epoch + 1);
    expect(sink.arrived()).toBe(0);
    expect(sink.bins()).toEqual([]);
    arrive(frame(0, { epoch: epoch + 1 }), frame(1));
    expect(sink.arrivals()).toMatchObject({ forwarded: 1, duplicated: 0, stale: 1 });
  });
});
