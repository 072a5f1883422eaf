import { flowAddresses, flowsMax, internetChecksum, type Workload } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { ipv4Forward, ipv6Forward } from "@iopath/workloads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameAtOf, unwrap, wrap } from "../src/trial/tester/carrier.ts";
import { flowsOfWorker, prepareFlows, varyFlows } from "../src/trial/tester/flows.ts";
import { buildWindows } from "../src/trial/tester/window-sender.ts";

const ends = [
  { device: "a", mac: "02:00:00:00:00:02", ipv4: "10.0.1.2" },
  { device: "b", mac: "02:00:00:00:00:04", ipv4: "10.0.2.2" },
] as const;
const { flowFields } = ipv4Forward.measuring;
const testbed: Testbed = {
  class: "virtual",
  ports: [
    { ...ends[0], mac: "02:00:00:00:00:01", ipv4: "10.0.1.1", queue: 0, neighbor: ends[0] },
    { ...ends[1], mac: "02:00:00:00:00:03", ipv4: "10.0.2.1", queue: 0, neighbor: ends[1] },
  ],
  wires: ends,
};
const carrier = fc.constantFrom("ethernet" as const, "udp" as const);
const anyFlow = fc.nat(flowsMax - 1);
const size = fc.integer({ min: 78, max: 1518 });

const workload = fc.constantFrom(ipv4Forward, ipv6Forward);

/** A frame in its own memory, given a flow by the fast form. */
function fastFrame(
  of: Workload,
  carrierOf: "ethernet" | "udp",
  frameBytes: number,
  flow: number,
): Uint8Array {
  const [[frame]] = buildWindows(of, testbed, frameBytes, 1) as [[Uint8Array]];
  const memory = new Uint8Array(2048);
  const onWire = wrap(carrierOf, testbed, frame, 0);
  memory.set(onWire);
  const halves = new Uint16Array(memory.buffer);
  const at = Uint32Array.of(0);
  const envelope = frameAtOf(carrierOf) >>> 1;
  prepareFlows(memory, halves, at, envelope, of.measuring);
  varyFlows(halves, at, flow, { first: 0, flows: flowsMax }, envelope, of.measuring.flowFields);
  return memory.subarray(0, onWire.length);
}

/** Less what is the fast form's own: the field that balances the others, and the checksum. */
function withoutBalance({ measuring }: Workload, frame: Uint8Array): Uint8Array {
  const out = Uint8Array.from(frame);
  out.fill(0, measuring.flowFields.balance.at, measuring.flowFields.balance.at + 2);
  measuring.writeChecksum(out);
  return out;
}

const headerSum = (frame: Uint8Array) => internetChecksum(frame.subarray(14, 34));

/** With a right checksum in it, 0: RFC 8200, 8.1. */
function datagramSumOfIpv6(frame: Uint8Array): number {
  const { length } = frame.subarray(54);
  const pseudoHeader = [...frame.subarray(22, 54), 0, 0, length >> 8, length & 0xff, 0, 0, 0, 17];
  return internetChecksum(Uint8Array.from([...pseudoHeader, ...frame.subarray(54)]));
}

/** Of a whole UDP datagram over IPv4, with a right checksum in it: 0 (RFC 768). */
function udpSum(frame: Uint8Array): number {
  const { length } = frame.subarray(34);
  const pseudoHeader = [...frame.subarray(26, 34), 0, 17, length >> 8, length & 0xff];
  return internetChecksum(Uint8Array.from([...pseudoHeader, ...frame.subarray(34)]));
}

describe("a frame that is given another flow", () => {
  it("is what the plain form builds, but for the field that balances", () => {
    fc.assert(
      fc.property(workload, carrier, size, anyFlow, (of, by, frameBytes, flow) => {
        const macs = { destinationMac: testbed.ports[0].mac, sourceMac: ends[0].mac };
        const plain = of.measuring.build(macs, frameBytes, flow, 0);
        const fast = fastFrame(of, by, frameBytes, flow);
        const envelopeBytes = frameAtOf(by);
        if (by === "udp") {
          const [outer, wanted] = [fast, wrap(by, testbed, plain, flow)].map((frame) =>
            withoutBalance(ipv4Forward, frame.subarray(0, envelopeBytes - 2)),
          );
          expect(outer).toEqual(wanted);
        }
        const inner = fast.subarray(envelopeBytes);
        expect(withoutBalance(of, inner)).toEqual(withoutBalance(of, plain));
      }),
    );
  });

  it("has checksums that hold", () => {
    fc.assert(
      fc.property(workload, carrier, anyFlow, (of, by, flow) => {
        const frame = fastFrame(of, by, 78, flow);
        const inner = frame.subarray(frameAtOf(by));
        expect(of === ipv6Forward ? datagramSumOfIpv6(inner) : headerSum(inner)).toBe(0);
        if (by === "udp") expect([headerSum(frame), udpSum(frame)]).toEqual([0, 0]);
      }),
    );
  });
});

describe("the flows", () => {
  it("are 65536 different ones, of valid hosts of 198.18/16 and 198.19/16", () => {
    const seen = new Set<string>();
    for (let flow = 0; flow < flowsMax; flow++) {
      const { sourceIpv4, destinationIpv4, sourcePort, destinationPort } = flowAddresses(flow);
      expect(sourceIpv4).not.toMatch(/^198\.18\.(0\.0|255\.255)$/);
      expect(destinationIpv4).not.toMatch(/^198\.19\.(0\.0|255\.255)$/);
      seen.add(`${sourceIpv4}:${sourcePort} ${destinationIpv4}:${destinationPort}`);
    }
    expect(seen.size).toBe(flowsMax);
  });

  it("differ by the envelope alone too, where one carries the frame", () => {
    const envelopes = Array.from({ length: flowsMax }, (_, flow) => {
      const { sourceIpv4, sourcePort } = flowAddresses(flow);
      return `${sourceIpv4}:${sourcePort}`;
    });
    expect(new Set(envelopes).size).toBe(flowsMax);
  });

  it("change from frame to frame, and start over after the last", () => {
    const halves = new Uint16Array(4 * 64);
    const at = Uint32Array.of(0, 64, 128, 192);
    const next = varyFlows(halves, at, 5, { first: 0, flows: 7 }, 0, flowFields);
    expect(Array.from(at, (offset) => halves[offset + 21])).toEqual([5, 6, 0, 1]);
    expect(next).toBe(2);
  });

  it("are divided among the workers of a team, at least one each", () => {
    const of = (flows: number) => [0, 1, 2].map((worker) => flowsOfWorker(flows, worker, 3));
    expect(of(1).map(({ first, flows }) => [first, flows])).toEqual([0, 1, 2].map((n) => [n, 1]));
    expect(of(65_536).map(({ first }) => first)).toEqual([0, 21_845, 43_690]);
    const halves = new Uint16Array(4 * 64);
    const at = Uint32Array.of(0, 64, 128, 192);
    expect(varyFlows(halves, at, 11, { first: 10, flows: 3 }, 0, flowFields)).toBe(12);
    expect(Array.from(at, (offset) => halves[offset + 21])).toEqual([11, 12, 10, 11]);
  });
});

describe("wrap", () => {
  it("is undone by unwrap for a datagram that the forwarder sends on", () => {
    const [[frame]] = buildWindows(ipv4Forward, testbed, 64, 1) as [[Uint8Array]];
    const onWire = wrap("udp", testbed, frame);
    onWire.set([8193 >> 8, 8193 & 0xff], 36);
    expect(unwrap("udp", onWire)).toEqual(frame);
  });
});

describe("windows of a mix", () => {
  it("have sizes in the proportion 7:4:1 once all were sent, whatever the window", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), (window) => {
        const windows = buildWindows(ipv4Forward, testbed, "imix", window);
        const sizes = windows.flat().map((frame) => frame.length + 4);
        const count = (bytes: number) => sizes.filter((each) => each === bytes).length;
        const turns = sizes.length / 12;
        expect([count(64), count(570), count(1518)]).toEqual([7 * turns, 4 * turns, turns]);
        expect(windows.every((each) => each.length === window)).toBe(true);
      }),
    );
  });

  it("are all one window when all frames have one size", () => {
    expect(buildWindows(ipv4Forward, testbed, 64, 5).length).toBe(1);
  });
});
