import { Batch } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { mbuf } from "../src/abi.ts";
import type { OpenedPmd } from "../src/opened.ts";
import { userspacePmd } from "../src/path.ts";
import { ports } from "./subject.ts";

const burst = 8;
const frameBytes = 100;
const options = { burst, workload: ipv4Forward };
const support = userspacePmd.probe("ring", ports, ipv4Forward);

/** Frames of one size that are told apart by their bytes. */
const frames = Array.from({ length: burst }, (_, i) => new Uint8Array(frameBytes).fill(i + 1));

/** A ring whose frames were received into a batch; `transmit` has their turn next. */
function openReceived() {
  using opening = new DisposableStack();
  const path = opening.use(userspacePmd.open("ring", ports, options) as OpenedPmd);
  const tester = opening.use(path.testers!.verifying());
  const batch = new Batch(burst);
  tester.send(frames);
  expect(path.ingress.receive(batch)).toBe(burst);
  const resources = opening.move();
  return { path, batch, tester, [Symbol.dispose]: () => resources.dispose() };
}

describe("the egress of a DPDK port", () => {
  it("is supported here, or says what to install", () => {
    if (!support.ok) expect(support.missing).toMatch(/^DPDK is not installed/);
  });
  if (!support.ok) return;

  it("sees two lengths that changed and have the same sum", () => {
    using received = openReceived();
    const { path, batch, tester } = received;
    batch.length[1] = frameBytes - 20;
    batch.length[2] = frameBytes + 20;
    path.egress.transmit(batch);
    const lengths = tester.collect().map(({ length }) => length);
    expect(lengths).toEqual(
      frames.map((_, i) => [0, -20, 20][i] ?? 0).map((by) => frameBytes + by),
    );
  });

  it("sends another batch's frames from where that batch says", () => {
    using received = openReceived();
    const { path, batch, tester } = received;
    const other = new Batch(burst);
    other.offset.set(batch.offset.toReversed());
    other.length.set(batch.length);
    other.count = burst;
    path.egress.transmit(other);
    expect(tester.collect()).toEqual(frames.toReversed());
  });

  it("counts a frame of several mbufs as unsent when it got another length", () => {
    using received = openReceived();
    const { path, batch, tester } = received;
    const { pool } = path;
    const before = pool.available();
    const start = batch.offset[3]! - mbuf.bytes - 128;
    for (const i of [3, 4])
      pool.halves[(batch.offset[i]! - mbuf.bytes - 128 + mbuf.segments) >> 1] = 2;
    batch.length[3] = frameBytes - 4;
    expect(path.egress.transmit(batch)).toBe(burst - 1);
    expect(path.counters()).toMatchObject({ sent: burst - 1, unsent: 1 });
    expect(pool.halves[(start + mbuf.segments) >> 1]).toBe(1); // it is in the pool again
    expect(tester.collect()).toEqual(frames.toSpliced(3, 1));
    expect(pool.available()).toBe(before + burst);
  });
});
