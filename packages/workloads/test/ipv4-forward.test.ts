import { type FastForm, internetChecksum } from "@iopath/contract";
import { mapFrames } from "@iopath/native";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipv4Forward } from "../src/index.ts";

const hop = { destinationMac: "02:00:00:00:00:04", sourceMac: "02:00:00:00:00:03" };
const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };
const { reasons } = ipv4Forward;

/** One form for each kind of memory. */
const memories = [mapFrames(2048).u8, new Uint8Array(2048)];
const forms = memories.map((memory) => ipv4Forward.newFastForm({ memory, burst: 1, hop }));
const ways = forms.map((form, i) => [form.engine, form, memories[i]!] as const);

/** The fast form on one frame. */
function forwardBy({ batch, drops, forward }: FastForm, memory: Uint8Array, frame: Uint8Array) {
  memory.set(frame, 64);
  batch.offset[0] = 64;
  batch.length[0] = frame.length;
  batch.count = 1;
  drops.fill(0);
  forward();
  const length = batch.length[0]!;
  const reason = reasons[drops.indexOf(1)];
  return { frame: memory.slice(64, 64 + length), length, reason };
}

it("is made for where the path's memory lies", () => {
  expect(forms.map(({ engine }) => engine)).toEqual(["WebAssembly", "JavaScript"]);
});

describe.each(ways)("ipv4-forward in %s", (_engine, form, memory) => {
  const forward = (frame: Uint8Array) => forwardBy(form, memory, frame);

  it("makes of random frames what the reference makes of them", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const next = ipv4Forward.randomFrames(seed, macs);
        for (let i = 0; i < 200; i++) {
          const { frame } = next();
          const wanted = ipv4Forward.reference(frame, hop);
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
        const wanted = ipv4Forward.reference(bytes, hop);
        const got = forward(bytes);
        if (wanted.forwarded) expect(got.frame).toEqual(wanted.frame);
        else expect(got.reason).toBe(wanted.reason);
      }),
      { numRuns: 2000 },
    );
  });

  it("updates any checksum as the kernel's ip_decrease_ttl() does", () => {
    const next = ipv4Forward.randomFrames(1, macs);
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
    const next = ipv4Forward.randomFrames(2, macs);
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
    memory.fill(0xee);
    const next = ipv4Forward.randomFrames(3, macs);
    let { kind, frame } = next();
    while (kind !== "smallest") ({ kind, frame } = next());
    forward(frame);
    const outside = [...memory.subarray(0, 64), ...memory.subarray(64 + frame.length)];
    expect(outside.every((byte) => byte === 0xee)).toBe(true);
  });
});
