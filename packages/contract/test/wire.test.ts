import { expect, test } from "vitest";
import { asOnWire, type WireLimits } from "../src/index.ts";

const limits: WireLimits = { shortestFrameBytes: 60, dropsBrokenIp: true, dropsVlanTagged: true };

function frameOf(bytes: number, etherType: number, versionAndLength = 0x45): Uint8Array {
  const frame = new Uint8Array(bytes).fill(7);
  new DataView(frame.buffer).setUint16(12, etherType);
  if (bytes > 14) frame[14] = versionAndLength;
  return frame;
}

test("a wire without limits carries everything as it is", () => {
  const frame = frameOf(14, 0x8100);
  expect(asOnWire(frame)).toBe(frame);
});

test("a short frame is padded with zeros, a long one is not", () => {
  const padded = asOnWire(frameOf(20, 0x0806), limits) as Uint8Array;
  expect([...padded.subarray(0, 20)]).toEqual([...frameOf(20, 0x0806)]);
  expect([...padded.subarray(20)]).toEqual(Array(40).fill(0));
  const whole = frameOf(60, 0x0800);
  expect(asOnWire(whole, limits)).toBe(whole);
});

test.each([0x8100, 0x88a8])("a frame with tag %i does not arrive", (protocol) => {
  const frame = frameOf(64, protocol);
  expect(asOnWire(frame, limits)).toBe("the wire carries no VLAN tags");
  expect(asOnWire(frame, { ...limits, dropsVlanTagged: false })).toBe(frame);
});

test.each([
  ["shorter than 20 bytes", 0x0800, 0x44],
  ["that ends beyond the frame", 0x0800, 0x4f],
])("a frame with an IP header %s does not arrive", (_, etherType, versionAndLength) => {
  const frame = frameOf(60, etherType, versionAndLength);
  expect(asOnWire(frame, limits)).toBe("the card drops IP headers that its parser refuses");
  expect(asOnWire(frame, { ...limits, dropsBrokenIp: false })).toBe(frame);
});

test("a frame with IP options that fit arrives", () => {
  const frame = frameOf(74, 0x0800, 0x4f);
  expect(asOnWire(frame, limits)).toBe(frame);
});

/** IPv6 with these bytes behind its header, the first of them of the type that the header says. */
function ipv6Frame(nextHeader: number, payload: readonly number[]): Uint8Array {
  const frame = frameOf(54 + payload.length, 0x86dd, 0x60);
  frame[20] = nextHeader;
  frame.set(payload, 54);
  return frame;
}

test.each([
  ["without extension headers", ipv6Frame(17, Array(8).fill(1))],
  [
    "with extension headers that fit",
    ipv6Frame(0, [43, 0, ...Array(6).fill(0), 17, 0, ...Array(6).fill(0)]),
  ],
])("a frame of IPv6 %s arrives", (_, frame) => {
  expect(asOnWire(frame, limits)).toBe(frame);
});

test.each([
  ["that is cut", frameOf(40, 0x86dd, 0x60).fill(17, 20, 21)],
  ["whose extension header leads beyond the frame", ipv6Frame(43, [17, 9, ...Array(6).fill(0)])],
  ["that ends in an extension header", ipv6Frame(43, [60, 0, ...Array(6).fill(0)])],
])("a frame of IPv6 %s does not arrive", (_, frame) => {
  expect(asOnWire(frame, { ...limits, shortestFrameBytes: 0 })).toMatch(/its parser refuses/);
  expect(asOnWire(frame)).toBe(frame);
});

test("a frame of IPv6 whose header has no length does not arrive as it is", () => {
  const frame = ipv6Frame(17, Array(8).fill(1));
  frame.fill(0, 18, 20);
  expect(asOnWire(frame, limits)).toBe(
    "the card writes a length into an IPv6 header that has none",
  );
  expect(asOnWire(frame, { ...limits, dropsBrokenIp: false })).toBe(frame);
});
