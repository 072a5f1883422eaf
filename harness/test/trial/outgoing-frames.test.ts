import { packetFrameStart, type Socket } from "@iopath/native";
import { describe, expect, it } from "vitest";
import { OutgoingFrames } from "../../src/trial/tester/outgoing-frames.ts";

const cacheLine = 64;
/** Where the kernel's buffer of a packet socket's frame begins behind a cache line. */
const kernelsStart = 2;
/** How far behind its source a destination makes `rep movsb` slow (AMD EPYC), whole pages aside. */
const slow = (from: number, to: number) => {
  const behind = (to - from + cacheLine) % cacheLine;
  return behind > 0 && behind < 16;
};

describe("the tester's frames", () => {
  it("begin where the kernel copies them fast, each of them", () => {
    using frames = new OutgoingFrames({ fd: -1 } as Socket, 64);
    for (let i = 0; i < 64; i++) {
      const start = (frames.memory.address + frames.bufferAt(i)) % cacheLine;
      expect(start).toBe(packetFrameStart);
      expect(slow(start, kernelsStart)).toBe(false);
    }
  });
});

describe("where frames of packet sockets begin", () => {
  it("is right for what the kernel copies out as well, and for 32-bit loads", () => {
    expect(slow(kernelsStart, packetFrameStart)).toBe(false);
    expect(packetFrameStart % 4).toBe(0);
  });
});
