import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPcap, parsePcap } from "../src/index.ts";

const frames = fc.array(fc.uint8Array({ minLength: 0, maxLength: 200 }), { maxLength: 20 });

describe("pcap", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(frames, fc.nat(2 ** 31), (written, startMs) => {
        const read = parsePcap(formatPcap(written, startMs), "test");
        expect(read.map(({ frame }) => frame)).toEqual(written);
      }),
    );
  });

  it("reads microseconds and nanoseconds, in either byte order", () => {
    for (const littleEndian of [true, false]) {
      for (const [magic, wanted] of [
        [0xa1b2c3d4, 7000],
        [0xa1b23c4d, 7],
      ] as const) {
        const bytes = new Uint8Array(24 + 16 + 2);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, magic, littleEndian);
        view.setUint32(20, 1, littleEndian);
        view.setUint32(24, 3, littleEndian);
        view.setUint32(28, 7, littleEndian);
        view.setUint32(32, 2, littleEndian);
        view.setUint32(36, 2, littleEndian);
        expect(parsePcap(bytes, "test")).toEqual([
          { frame: new Uint8Array(2), seconds: 3, nanoseconds: wanted },
        ]);
      }
    }
  });

  it("says where a file is cut short, wherever that is", () => {
    const whole = formatPcap([new Uint8Array(60), new Uint8Array(61)], 0);
    const ends = [24, 24 + 16 + 60, whole.length];
    for (let length = 0; length < whole.length; length++) {
      if (ends.includes(length)) continue;
      expect(() => parsePcap(whole.slice(0, length), "x.pcap")).toThrow(
        /x\.pcap is (cut short|no pcap)/,
      );
    }
  });

  it("never fails on arbitrary bytes but with a message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          parsePcap(bytes, "x.pcap");
        } catch (error) {
          expect((error as Error).message).toMatch(/^x\.pcap /);
        }
      }),
    );
  });

  it("refuses pcapng with a way to convert it", () => {
    const bytes = Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a);
    expect(() => parsePcap(bytes, "x")).toThrow("pcapng");
  });

  it("refuses frames that are not Ethernet", () => {
    const bytes = formatPcap([], 0);
    bytes[20] = 101;
    expect(() => parsePcap(bytes, "x")).toThrow("link type 101");
  });

  it("refuses frames that were not captured whole", () => {
    const bytes = formatPcap([new Uint8Array(60)], 0);
    new DataView(bytes.buffer).setUint32(24 + 12, 1500, true);
    expect(() => parsePcap(bytes, "x")).toThrow("60 of 1500 bytes of frame 1");
  });
});
