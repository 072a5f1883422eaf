import { describe, expect, it } from "vitest";
import { fastPathBytes, frameAt, layoutOf, layouts, mbuf, mempool } from "../src/abi.ts";

/** Read from rte_ethdev_core.h of each release; 22.11 and 24.11 were compiled and run as well. */
const functionsFirst = {
  receive: 0,
  receiveQueues: 24,
  receiveCallbacks: 32,
  transmit: 64,
  transmitQueues: 88,
  transmitCallbacks: 96,
};
const queuesFirst = {
  receive: 16,
  receiveQueues: 0,
  receiveCallbacks: 8,
  transmit: 80,
  transmitQueues: 64,
  transmitCallbacks: 72,
};

describe("the layout by version", () => {
  it.each([
    ["DPDK 22.11.11", 23, functionsFirst],
    ["DPDK 23.11.0", 24, queuesFirst],
    ["DPDK 24.11.3", 25, queuesFirst],
    ["DPDK 25.11.0-rc4", 26, queuesFirst],
  ])("is known for %s", (version, library, fastPath) => {
    expect(layoutOf(version)).toMatchObject({ library, fastPath });
  });

  it.each(["DPDK 21.11.9", "DPDK 23.07.0", "DPDK 26.11.0", "DPDK 22.110.1", "DPDK 2.2", ""])(
    "is refused for %j, not guessed",
    (version) => {
      expect(() => layoutOf(version)).toThrow(`the layouts of "${version}" are not known`);
    },
  );

  it.each(layouts.map(({ version, fastPath }) => [version, fastPath] as const))(
    "of %s has six different 8-byte members within the port's entry",
    (_version, fastPath) => {
      const offsets = Object.values(fastPath) as number[];
      expect(new Set(offsets).size).toBe(6);
      expect(offsets.every((at) => at % 8 === 0 && at + 8 <= fastPathBytes)).toBe(true);
    },
  );
});

describe("the layouts that all versions share", () => {
  it("are those of rte_mbuf_core.h", () => {
    expect(mbuf).toEqual({
      bufferAddress: 0,
      dataOffset: 16,
      references: 18,
      segments: 20,
      offloadFlags: 24,
      packetType: 32,
      packetLength: 36,
      dataLength: 40,
      bufferLength: 54,
      pool: 56,
      next: 64,
      transmitOffload: 72,
      bytes: 128,
    });
    expect(frameAt).toBe(256);
  });

  it("are those of rte_mempool.h", () => {
    expect(mempool).toEqual({
      size: 64,
      cacheSize: 68,
      elementBytes: 72,
      headerBytes: 76,
      trailerBytes: 80,
      operations: 88,
      elements: 112,
      chunks: 136,
      bytes: 192,
    });
  });
});
