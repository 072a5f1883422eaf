import { describe, expect, it } from "vitest";
import {
  Batch,
  buildTestFrame,
  internetChecksum,
  magic,
  magicAt,
  parseIpv4,
  parseMac,
} from "../src/index.ts";

const fields = {
  destinationMac: "02:00:00:00:00:01",
  sourceMac: "02:00:00:00:00:02",
  sourceIpv4: "198.18.0.1",
  destinationIpv4: "198.19.0.1",
  sourcePort: 1024,
  destinationPort: 2048,
};

describe("frames", () => {
  it("sum up to the checksum of the example in RFC 1071", () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(internetChecksum(bytes)).toBe(~0xddf2 & 0xffff);
  });

  it("have a checksum that verifies", () => {
    expect(internetChecksum(buildTestFrame(fields, 64, 0, 1).subarray(14, 34))).toBe(0);
  });

  it("carry the mark of the tester within 64 bytes on the wire", () => {
    const frame = buildTestFrame(fields, 64, 3, 9);
    expect(frame.length).toBe(60);
    expect(new DataView(frame.buffer).getUint32(magicAt, true)).toBe(magic);
  });

  it.each(["02:00:00:00:00", "02:00:00:00:00:0g", ""])("refuse the MAC %j", (text) => {
    expect(() => parseMac(text)).toThrow("not a MAC");
  });

  it.each(["10.0.0", "10.0.0.256", "a.b.c.d"])("refuse the address %j", (text) => {
    expect(() => parseIpv4(text)).toThrow("not an IPv4 address");
  });
});

describe("Batch", () => {
  it.each([0, -1, 1.5, 5000])("refuses a capacity of %d", (capacity) => {
    expect(() => new Batch(capacity)).toThrow("1 to 4096");
  });
});
