import { Batch, hopOf } from "@iopath/contract";
import { mapAnonymous } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { frameAt, mbuf } from "../src/abi.ts";
import { startEal } from "../src/eal.ts";
import { readUint32 } from "../src/libraries.ts";
import { framesOfMbufs } from "../src/mbuf-frames.ts";
import { MbufList } from "../src/mbuf-list.ts";
import type { OpenedPmd } from "../src/opened.ts";
import { mapAgain } from "../src/own-memory.ts";
import { userspacePmd } from "../src/path.ts";
import { Pool } from "../src/pool.ts";
import { ports } from "./subject.ts";

const burst = 8;
const frameBytes = 100;
const options = { burst, workload: ipv4Forward };
const support = userspacePmd.probe("ring", ports, ipv4Forward);

/** Frames of one size that differ in their bytes. */
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

/** The same with a batch in place, and with the workload that goes with it. */
function openInPlace(sent: readonly Uint8Array[], workload = ipv4Forward) {
  using opening = new DisposableStack();
  const path = opening.use(userspacePmd.open("ring", ports, options) as OpenedPmd);
  const tester = opening.use(path.testers!.verifying());
  const { memory, inPlace } = path;
  const form = opening.use(workload.newFastForm({ memory, burst, hop: hopOf(ports[1]), inPlace }));
  tester.send(sent);
  expect(form.batch.inPlace).toBe(true);
  expect(path.ingress.receive(form.batch)).toBe(sent.length);
  const resources = opening.move();
  return { path, form, tester, [Symbol.dispose]: () => resources.dispose() };
}

const macs = { destinationMac: ports[0].mac, sourceMac: ports[0].neighbor.mac };
const whole = Array.from({ length: burst }, (_, i) =>
  ipv4Forward.measuring.build(macs, frameBytes, 0, i),
);
const forwarded = whole.map((frame) => {
  const outcome = ipv4Forward.reference(frame, hopOf(ports[1]));
  return outcome.forwarded ? outcome.frame : frame;
});
/** With TTLs of 0 at some places. */
const dyingAt = (places: readonly number[]) =>
  whole.map((frame, i) => (places.includes(i) ? frame.with(22, 0) : frame));

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

describe("a burst in place", () => {
  if (!support.ok) return;

  it("is for pools in DPDK's own memory as well, of which there is a second mapping", () => {
    const eal = startEal("ordinary");
    using pool = Pool.create(eal, 511, { inOwnMemory: true });
    using list = new MbufList(8, pool.high);
    expect(framesOfMbufs(list, pool)).toBeDefined();
    expect(pool.take(list, 0, 8)).toBe(true);
    pool.write(list, 7, frames[0]!);
    const address = pool.base + pool.frameOffset(list, 7);
    expect(readUint32(address)).toBe(0x0101_0101);
    pool.release(list, 0, 8);
  });

  it("is missing for memory that is not DPDK's", () => {
    using memory = mapAnonymous(4096);
    expect(mapAgain(startEal("ordinary"), memory.address, memory.address + 4096)).toBeUndefined();
  });

  it.each([
    ["nowhere", []],
    ["at its begin", [0]],
    ["in its middle, in a row", [3, 4]],
    ["at its end", [7]],
    ["throughout", [0, 1, 2, 3, 4, 5, 6, 7]],
  ])("goes out without the frames that were dropped %s, whose mbufs come back", (_, places) => {
    using received = openInPlace(dyingAt(places));
    const { path, form, tester } = received;
    const before = path.pool.available();
    form.forward();
    expect(form.batch.dropped).toBe(places.length);
    expect(path.egress.transmit(form.batch)).toBe(burst - places.length);
    expect(tester.collect()).toEqual(forwarded.filter((_, i) => !places.includes(i)));
    expect(path.pool.available()).toBe(before + burst);
    const { reasons } = ipv4Forward;
    expect(form.drops[reasons.indexOf("ttl")]).toBe(places.length);
  });

  it.each([0, 3, 7])("takes frame %i from wherever in its mbuf it begins", (which) => {
    using received = openInPlace(whole);
    const { path, form, tester } = received;
    const { pool } = path;
    const start = [...pool.mbufs()].find((at) => {
      const frame = pool.bytes.subarray(at + frameAt, at + frameAt + frameBytes - 4);
      return Buffer.compare(frame, whole[which]!) === 0;
    })!;
    pool.bytes.copyWithin(start + frameAt + 6, start + frameAt, start + frameAt + frameBytes);
    pool.halves[(start + mbuf.dataOffset) >> 1]! += 6;
    form.forward();
    path.egress.transmit(form.batch);
    expect(tester.collect()).toEqual(forwarded);
  });

  it("sends a frame of several mbufs whole", () => {
    using received = openInPlace(whole);
    const { path, form } = received;
    const { pool } = path;
    for (const at of pool.mbufs()) pool.halves[(at + mbuf.segments) >> 1] = 2;
    form.forward();
    expect(path.egress.transmit(form.batch)).toBe(burst);
    expect(path.counters()).toMatchObject({ sent: burst, unsent: 0 });
    for (const at of pool.mbufs()) pool.halves[(at + mbuf.segments) >> 1] = 1;
  });
});
