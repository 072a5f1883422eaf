import { describe, expect, it } from "vitest";
import { Batch, internetChecksum, parseIpv4, parseMac } from "../src/index.ts";

describe("frames", () => {
  it("sum up to the checksum of the example in RFC 1071", () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(internetChecksum(bytes)).toBe(~0xddf2 & 0xffff);
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
