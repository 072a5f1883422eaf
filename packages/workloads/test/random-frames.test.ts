import { describe, expect, it } from "vitest";
import { frameKinds, randomFrames } from "../src/ipv4-forward/random-frames.ts";
import { reference } from "../src/ipv4-forward/reference.ts";

const macs = { destinationMac: "02:00:00:00:00:01", sourceMac: "02:00:00:00:00:02" };

function take(seed: number, count: number) {
  const next = randomFrames(seed, macs);
  return Array.from({ length: count }, next);
}

describe("randomFrames", () => {
  it("gives the same frames for the same seed", () => {
    expect(take(7, 100)).toEqual(take(7, 100));
  });

  it("gives other frames for another seed", () => {
    expect(take(7, 10)).not.toEqual(take(8, 10));
  });

  it("gives every kind of frame", () => {
    expect(new Set(take(1, 3000).map(({ kind }) => kind))).toEqual(new Set(frameKinds));
  });

  it("gives frames that a packet socket can send", () => {
    const lengths = take(1, 3000).map(({ frame }) => frame.length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(14);
    expect(Math.max(...lengths)).toBe(1514);
  });

  const dropped = {
    runt: "short",
    otherEtherType: "ethertype",
    ipv4Runt: "short",
    taggedRunt: "short",
    vlanTagged: "ethertype",
    priorityTagged: "ethertype",
    doubleTagged: "ethertype",
    version6InIpv4: "version",
    headerLengthBelow5: "header-length",
    totalLengthBeyondFrame: "total-length",
    totalLengthBelowHeader: "total-length",
    timeToLive0: "ttl",
    timeToLive1: "ttl",
  } as const;

  it.each(frameKinds)("gives %s frames that are what their name says", (kind) => {
    const found = take(3, 3000).filter((entry) => entry.kind === kind);
    const reasons = found.map(({ frame }) => {
      const outcome = reference(frame, macs);
      return outcome.forwarded ? "forwarded" : outcome.reason;
    });
    expect(new Set(reasons)).toEqual(
      new Set([dropped[kind as keyof typeof dropped] ?? "forwarded"]),
    );
  });
});
