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
  const padded = asOnWire(frameOf(20, 0x0806), limits)!;
  expect([...padded.subarray(0, 20)]).toEqual([...frameOf(20, 0x0806)]);
  expect([...padded.subarray(20)]).toEqual(Array(40).fill(0));
  const whole = frameOf(60, 0x0800);
  expect(asOnWire(whole, limits)).toBe(whole);
});

test("a tagged frame does not arrive", () => {
  expect(asOnWire(frameOf(64, 0x8100), limits)).toBeUndefined();
  expect(asOnWire(frameOf(64, 0x8100), { ...limits, dropsVlanTagged: false })).toBeDefined();
});

test("a frame whose IP header is broken does not arrive", () => {
  expect(asOnWire(frameOf(64, 0x0800, 0x44), limits)).toBeUndefined();
  expect(asOnWire(frameOf(64, 0x0800, 0x45), limits)).toBeDefined();
  expect(asOnWire(frameOf(64, 0x0800, 0x44), { ...limits, dropsBrokenIp: false })).toBeDefined();
});
