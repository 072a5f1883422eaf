import { expectFrame, type Outcome } from "@iopath/contract";
import { openVerifyingTester } from "@iopath/harness/testers";
import { kernelSockets } from "@iopath/kernel-sockets";
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

/** What the kernel's router is expected to do with a frame, as the variant declares it. */
function ofRouter(frame: Uint8Array) {
  const { deviations } = kernelSockets.variants.find(({ name }) => name === "ip-forward")!;
  const { ports } = lab.testbed;
  return expectFrame(frame, { workload: ipv4Forward, ports, deviations });
}

/**
 * What comes out for each frame that is sent, matched by the IPv4 identification. The kernel's
 * router answers frames that it drops (ICMP); those answers are not counted.
 */
function outputsByIdentity(frames: Uint8Array[]): Map<number, Buffer> {
  const forwarded = frames.filter((frame) => !ipv4Forward.isAnswer(frame));
  return new Map(forwarded.map((frame) => [(frame[18]! << 8) | frame[19]!, Buffer.from(frame)]));
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
      if (ofRouter(frame).forwarded !== true) continue; // it acts on the options of some
      // The kernel's router cuts off bytes behind the total length; the forwarders keep it.
      expect(kernel.equals(outcome.frame.subarray(0, kernel.length))).toBe(true);
      expect(kernel.length).toBe(14 + ((frame[16]! << 8) | frame[17]!));
      agreed++;
    }
    expect(agreed).toBeGreaterThan(count / 2);
  });

  it("differ from the kernel's router only as its variant declares", () => {
    lab.enableKernelForwarding();
    using tester = openVerifyingTester(lab.testbed, "ethernet");
    const byKernel = outputsByIdentity(sendAll(tester));
    const tags: Record<string, number> = { vlanTagged: 1, priorityTagged: 1, doubleTagged: 2 };
    const otherwise = frames().filter(({ kind, frame }) => {
      if (/[rR]unt$|otherEtherType/.test(kind)) return false; // no identification to go by
      const at = 18 + 4 * (tags[kind] ?? 0);
      const came = byKernel.has((frame[at]! << 8) | frame[at + 1]!);
      const { forwarded } = ofRouter(frame);
      return forwarded !== undefined && forwarded !== came;
    });
    expect(otherwise.map(({ kind }) => kind)).toEqual([]);
  });
});
