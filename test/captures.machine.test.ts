/**
 * A capture with all kinds of real traffic through every variant that runs on veth: each kind gets
 * one verdict, the right one. Beyond what random frames have, it has the lab's own addresses, whole
 * datagrams of fragments, frames of other hosts, and identical frames.
 */
import { openForwarder, type Path, type VerifyingTester } from "@iopath/contract";
import { findVariant, formatPcap, paths, type VerifyRequest } from "@iopath/harness";
import { openVerifyingTester, verificationProblem, verify } from "@iopath/harness/testers";
import { VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward as workload } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import {
  echoRequest,
  ipFrame,
  otherFrame,
  tagged,
  tcpSegment,
} from "../harness/test/captures/frames.ts";

const bytes = (count: number) => new Uint8Array(count).fill(0x55);
const conversation = (source: string, destination: string) => ({ source, destination });

/** Some frames of each kind; the verdict must be right for a kind alone and among others. */
const kinds: Record<string, Uint8Array[]> = {
  "ICMP to the test network": [1, 2].map((i) => echoRequest(i, { identification: i })),
  "ICMP to the lab's own addresses": [
    echoRequest(3, conversation("10.0.1.2", "10.0.2.2")),
    echoRequest(4, conversation("10.0.1.2", "10.0.1.1")),
    echoRequest(5, conversation("10.0.2.2", "10.0.1.1")),
    echoRequest(6, conversation("198.18.0.1", "10.0.2.1")),
    echoRequest(7, conversation("198.18.0.1", "10.0.2.77")),
    echoRequest(8, conversation("10.0.1.1", "10.0.2.2")),
    echoRequest(9, conversation("198.18.0.1", "10.0.1.255")),
  ],
  "TCP and UDP to the lab's own addresses": [
    tcpSegment(1, 40, { destination: "10.0.1.1" }),
    tcpSegment(1, 0, { destination: "10.0.2.1" }),
    ipFrame(bytes(20), { destination: "10.0.1.1" }),
  ],
  "acknowledgements of 54 bytes": [1, 2, 3].map((i) => tcpSegment(i, 0, { identification: i })),
  "a TCP stream": Array.from({ length: 12 }, (_, i) => tcpSegment(1 + i * 1448, 1448)),
  "priority tags": [
    tagged(ipFrame(bytes(40)), 0x8100, 0xe000),
    tagged(ipFrame(bytes(41)), 0x88a8, 0),
    tagged(tagged(ipFrame(bytes(42)), 0x8100, 0), 0x8100, 0),
    tagged(tagged(ipFrame(bytes(43)), 0x8100, 5), 0x88a8, 0),
    tagged(ipFrame(bytes(44)), 0x9100, 0),
  ],
  "tags of VLANs": [tagged(ipFrame(bytes(40)), 0x8100, 5), tagged(tcpSegment(1), 0x88a8, 100)],
  fragments: [
    ipFrame(bytes(1400), { fragment: 0x2000, identification: 5 }),
    ipFrame(bytes(800), { fragment: 176, identification: 5 }),
    ipFrame(bytes(400), { fragment: 0x2000, identification: 6 }),
    ipFrame(bytes(30), { fragment: 100, identification: 7 }),
    tagged(ipFrame(bytes(400), { fragment: 0x2000, identification: 9 }), 0x8100, 5),
  ],
  "IP options": [
    ipFrame(bytes(40), { options: [148, 4, 0, 0] }),
    ipFrame(bytes(8), { options: [148, 4, 0, 0], destination: "224.0.0.22", protocol: 2 }),
    ipFrame(bytes(40), { options: [7, 7, 4, 0, 0, 0, 0, 0], identification: 3 }),
    ipFrame(bytes(40), { options: [68, 8, 5, 0, 0, 0, 0, 0], identification: 4 }),
    ipFrame(bytes(40), { options: [131, 7, 4, 198, 19, 0, 9, 0], identification: 5 }),
    ipFrame(bytes(40), { options: [7, 0, 0, 0], identification: 6 }),
    ipFrame(bytes(40), { options: [0, 5, 6, 7], identification: 7 }),
    ipFrame(bytes(40), { options: [1, 1, 1, 0], identification: 8 }),
  ],
  runts: [14, 16, 19, 20].map((length) => otherFrame(0x8100, length)),
  "runts of IPv4 and IPv6": [14, 20, 33].flatMap((length) => [
    otherFrame(0x0800, length),
    otherFrame(0x86dd, length),
  ]),
  "ARP alone": [1, 2, 3].map(() => otherFrame(0x0806)),
  "one frame that every variant drops": [ipFrame(bytes(40), { timeToLive: 1 })],
  "other protocols of Ethernet": [
    otherFrame(0x0026, 60, "0180c2000000"),
    otherFrame(0x88cc, 60, "0180c200000e"),
    otherFrame(0x8847, 64),
    otherFrame(0x86dd, 80, "333300000001"),
  ],
  "addresses that no router forwards": [
    ipFrame(bytes(30), conversation("0.0.0.0", "255.255.255.255")),
    ipFrame(bytes(31), conversation("192.0.2.1", "198.51.100.7")),
    ipFrame(bytes(32), conversation("198.18.0.1", "224.0.0.251")),
    ipFrame(bytes(33), conversation("127.0.0.1", "127.0.0.1")),
    ipFrame(bytes(34), conversation("224.1.1.1", "198.19.0.1")),
    ipFrame(bytes(35), conversation("240.0.0.1", "198.19.0.1")),
  ],
  twins: [1, 2, 3, 4].map(() => ipFrame(bytes(18))),
  "wrong checksums": [ipFrame(bytes(40)).fill(0, 24, 26), tcpSegment(1, 20).fill(0, 50, 52)],
};

const everything = Object.values(kinds).flat();
const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());
const { testbed } = lab;

/** DPDK starts once per process, with one kind of pages. */
const variants = paths
  .flatMap((path) => path.variants.map(({ name }) => ({ path, variant: name })))
  .filter(({ variant }) => !variant.endsWith("-huge"));

async function replay(path: Path, variant: string, frames: readonly Uint8Array[]) {
  const { carrier, deviations } = findVariant(path, variant);
  using forwarder = inNamespace(testbed.forwarderNamespace, () =>
    openForwarder(path, variant, testbed.ports, { burst: 64, workload }),
  );
  const { path: opened } = forwarder;
  const own = opened.kind === "polled" ? opened.testers?.verifying() : undefined;
  using tester: VerifyingTester = own ?? openVerifyingTester(testbed, carrier);
  const capture = Buffer.from(formatPcap(frames, 0)).toString("base64");
  const request = { role: "verify", testbed, capture, seed: 0 } as unknown as VerifyRequest;
  return await verify(request, tester, forwarder, deviations);
}

describe.each(variants)("$path.name/$variant", ({ path, variant }) => {
  const support = inNamespace(testbed.forwarderNamespace, () =>
    path.probe(variant, testbed.ports, workload),
  );
  // What is missing, and whether it may be, is the test of conformance.
  if (!support.ok) return;

  it("judges a capture with frames of every kind right", async () => {
    const result = await replay(path, variant, everything);
    expect(verificationProblem(result), JSON.stringify(result)).toBeUndefined();
    expect(result.frames).toBe(everything.length);
  });
});

describe.each(Object.entries(kinds))("%s", (_kind, frames) => {
  const exposed = variants.filter(({ path, variant }) =>
    /ip-forward|packet-mmsg|packet-ring-v3|udp-gso|tc$|pmd\/af-packet/.test(
      `${path.name}/${variant}`,
    ),
  );

  it.each(exposed.filter(({ path }) => path.name !== "sriov-vf"))(
    "are judged right on $path.name/$variant",
    async ({ path, variant }) => {
      const result = await replay(path, variant, frames);
      expect(verificationProblem(result), JSON.stringify(result)).toBeUndefined();
      expect(result.frames).toBe(frames.length);
    },
  );
});
