import type { Outcome } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import { VethLab } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { xdp } from "@iopath/xdp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSubject } from "./lab-subject.ts";

const seed = 2026;
const count = 5000;
const windowFrames = 64;

let lab: VethLab;
beforeAll(() => {
  lab = new VethLab();
});
afterAll(() => lab[Symbol.dispose]());

function frames() {
  const { ports, wires } = lab.testbed;
  const next = ipv4Forward.randomFrames(seed, {
    destinationMac: ports[0].mac,
    sourceMac: wires[0].mac,
  });
  return Array.from({ length: count }, next);
}

function reference(frame: Uint8Array): Outcome {
  const [, egress] = lab.testbed.ports;
  return ipv4Forward.reference(frame, {
    destinationMac: egress.neighbor.mac,
    sourceMac: egress.mac,
  });
}

/**
 * What comes out for each frame that is sent, told apart by the IPv4 identification. The kernel's
 * router says of frames that it drops why (ICMP); only UDP is ours.
 */
function outputsByIdentity(frames: Uint8Array[]): Map<number, Buffer> {
  const udp = frames.filter((frame) => frame[23] === 17);
  return new Map(udp.map((frame) => [(frame[18]! << 8) | frame[19]!, Buffer.from(frame)]));
}

function sendAll(subject: { send(f: Uint8Array[]): void; collect(): Uint8Array[] }) {
  const out: Uint8Array[] = [];
  const all = frames().map(({ frame }) => frame);
  for (let at = 0; at < all.length; at += windowFrames) {
    subject.send(all.slice(at, at + windowFrames));
    for (let quiet = 0; quiet < 3; quiet++) out.push(...subject.collect());
  }
  return out;
}

describe("the three forms of the workload", () => {
  it("agree on every frame that all of them forward", () => {
    const byProgram = (() => {
      using subject = openSubject(lab.testbed, xdp, "native");
      return outputsByIdentity(sendAll(subject));
    })();
    lab.enableKernelForwarding();
    using tester = openVerifyingTester(lab.testbed, "ethernet");
    const byKernel = outputsByIdentity(sendAll(tester));
    let agreed = 0;
    for (const { frame } of frames()) {
      const identity = (frame[18]! << 8) | frame[19]!;
      const outcome = reference(frame);
      const kernel = byKernel.get(identity);
      const program = byProgram.get(identity);
      if (!outcome.forwarded || !kernel || !program) continue;
      expect(program.equals(outcome.frame)).toBe(true);
      // The kernel's router cuts off what stands behind the total length; the forwarders keep it.
      expect(kernel.equals(outcome.frame.subarray(0, kernel.length))).toBe(true);
      expect(kernel.length).toBe(14 + ((frame[16]! << 8) | frame[17]!));
      agreed++;
    }
    expect(agreed).toBeGreaterThan(count / 2);
  });

  it("differ from the kernel's router only on what ARCHITECTURE.md names", () => {
    lab.enableKernelForwarding();
    using tester = openVerifyingTester(lab.testbed, "ethernet");
    const byKernel = outputsByIdentity(sendAll(tester));
    const onlyUs = new Set<string>();
    const onlyKernel = new Set<string>();
    for (const { kind, frame } of frames()) {
      if (kind === "runt" || kind === "otherEtherType") continue; // no identification to go by
      const identityAt = kind === "vlanTagged" ? 22 : 18;
      const kernel = byKernel.has((frame[identityAt]! << 8) | frame[identityAt + 1]!);
      const { forwarded } = reference(frame);
      if (forwarded && !kernel) onlyUs.add(kind);
      if (!forwarded && kernel) onlyKernel.add(kind);
    }
    expect([...onlyUs]).toEqual(["badChecksum"]);
    expect([...onlyKernel]).toEqual([]);
  });
});
