import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Batch,
  dropReasons,
  internetChecksum,
  newDropCounts,
  newIpv4Forward,
  newRewrite,
  randomFrames,
  referenceForward,
} from "../src/index.ts";

const nextHop = "02:00:00:00:00:04";
const egress = "02:00:00:00:00:03";

/** The fast form on one frame, in a memory of its own. */
function forward(frame: Uint8Array) {
  const memory = new Uint8Array(2048);
  memory.set(frame, 64);
  const batch = new Batch(1);
  batch.offset[0] = 64;
  batch.length[0] = frame.length;
  batch.count = 1;
  const drops = newDropCounts();
  newIpv4Forward(new Int32Array(memory.buffer), batch, newRewrite(nextHop, egress), drops)();
  const length = batch.length[0]!;
  const reason = dropReasons[drops.indexOf(1)];
  return { frame: memory.slice(64, 64 + length), length, reason };
}

describe("ipv4-forward", () => {
  it("makes of random frames what the reference makes of them", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const next = randomFrames(seed, "02:00:00:00:00:01", "02:00:00:00:00:02");
        for (let i = 0; i < 200; i++) {
          const { frame } = next();
          const wanted = referenceForward(frame, nextHop, egress);
          const got = forward(frame);
          if (wanted.forwarded) expect(got.frame).toEqual(wanted.frame);
          else expect(got.reason).toBe(wanted.reason);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("makes of arbitrary bytes what the reference makes of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 100 }), (bytes) => {
        const wanted = referenceForward(bytes, nextHop, egress);
        const got = forward(bytes);
        if (wanted.forwarded) expect(got.frame).toEqual(wanted.frame);
        else expect(got.reason).toBe(wanted.reason);
      }),
      { numRuns: 2000 },
    );
  });

  it("updates any checksum as the kernel's ip_decrease_ttl() does", () => {
    const next = randomFrames(1, "02:00:00:00:00:01", "02:00:00:00:00:02");
    let { kind, frame } = next();
    while (kind !== "plain") ({ kind, frame } = next());
    for (let checksum = 0; checksum <= 0xffff; checksum++) {
      frame[24] = checksum >> 8;
      frame[25] = checksum & 0xff;
      const got = forward(frame).frame;
      const sum = checksum + 0x0100;
      expect((got[24]! << 8) | got[25]!).toBe((sum + (sum >= 0xffff ? 1 : 0)) & 0xffff);
    }
  });

  it("keeps a right checksum right for every TTL", () => {
    const next = randomFrames(2, "02:00:00:00:00:01", "02:00:00:00:00:02");
    let { kind, frame } = next();
    while (kind !== "plain") ({ kind, frame } = next());
    for (let ttl = 2; ttl <= 255; ttl++) {
      frame[22] = ttl;
      frame.fill(0, 24, 26);
      const checksum = internetChecksum(frame.subarray(14, 34));
      frame[24] = checksum >> 8;
      frame[25] = checksum & 0xff;
      expect(internetChecksum(forward(frame).frame.subarray(14, 34))).toBe(0);
    }
  });

  it("touches nothing outside of the frame", () => {
    const memory = new Uint8Array(256).fill(0xee);
    const next = randomFrames(3, "02:00:00:00:00:01", "02:00:00:00:00:02");
    let { kind, frame } = next();
    while (kind !== "smallest") ({ kind, frame } = next());
    memory.set(frame, 64);
    const batch = new Batch(1);
    batch.offset[0] = 64;
    batch.length[0] = frame.length;
    batch.count = 1;
    const words = new Int32Array(memory.buffer);
    newIpv4Forward(words, batch, newRewrite(nextHop, egress), newDropCounts())();
    const outside = [...memory.subarray(0, 64), ...memory.subarray(64 + frame.length)];
    expect(outside.every((byte) => byte === 0xee)).toBe(true);
  });
});
