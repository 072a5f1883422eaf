import { macSwap, ipv4Forward as workload } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import {
  type Counters,
  type Deviation,
  Expectations,
  expectFrame,
  hopOf,
  isClean,
  isToOneOf,
  newDropCounts,
  type PortSpec,
} from "../src/index.ts";

const port = (n: number): PortSpec => ({
  device: `port${n}`,
  queue: 0,
  mac: `02:00:00:00:00:0${2 * n + 1}`,
  ipv4: `10.0.${n + 1}.1`,
  neighbor: { mac: `02:00:00:00:00:0${2 * n + 2}`, ipv4: `10.0.${n + 1}.2` },
});
const ports = [port(0), port(1)] as const;
const router: readonly Deviation[] = [
  ...(["verifies-checksum", "cuts-padding", "takes-priority-tags"] as const),
  ...(["routes-by-address", "acts-on-options", "answers"] as const),
];

/** The first random frame of a kind, made otherwise. */
function frameOf(kind: string, change: (frame: Uint8Array) => void = () => {}): Uint8Array {
  const next = workload.randomFrames(7, {
    destinationMac: ports[0].mac,
    sourceMac: ports[0].neighbor.mac,
  });
  let found = next();
  while (found.kind !== kind) found = next();
  change(found.frame);
  return found.frame;
}

const outcome = (frame: Uint8Array, deviations: readonly Deviation[]) => {
  const { forwarded, deviation } = expectFrame(frame, { workload, ports, deviations });
  return [forwarded, deviation];
};

describe("a variant without deviations", () => {
  it.each(["plain", "icmp", "fragment", "recordRoute", "unroutable", "tcpAck", "badChecksum"])(
    "forwards frames of the kind %s",
    (kind) => expect(outcome(frameOf(kind), [])).toEqual([true, undefined]),
  );

  it.each(["priorityTagged", "taggedRunt", "ipv4Runt"])("drops frames of the kind %s", (kind) => {
    expect(outcome(frameOf(kind), [])).toEqual([false, undefined]);
  });
});

describe("the kernel's router", () => {
  it.each([
    ["plain", true, undefined],
    ["icmp", true, undefined],
    ["fragment", true, undefined],
    ["routerAlert", true, undefined],
    ["padded", true, "cuts-padding"],
    ["priorityTagged", true, "takes-priority-tags"],
    ["badChecksum", false, "verifies-checksum"],
    ["unroutable", false, "routes-by-address"],
    ["recordRoute", undefined, "acts-on-options"],
    ["vlanTagged", false, undefined],
    ["doubleTagged", false, undefined],
    ["timeToLive1", false, undefined],
  ] as const)("is expected to do with %s: %s, for %s", (kind, forwarded, deviation) => {
    expect(outcome(frameOf(kind), router)).toEqual([forwarded, deviation]);
  });

  const to = (address: number[]) => (frame: Uint8Array) => {
    frame.set(address, 30);
    frame.fill(0, 24, 26);
    let sum = 0;
    for (let i = 14; i < 34; i += 2) sum += (frame[i]! << 8) | frame[i + 1]!;
    sum = (sum & 0xffff) + (sum >>> 16);
    const checksum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    frame.set([checksum >> 8, checksum & 0xff], 24);
  };

  it.each([
    ["its next hop", [10, 0, 2, 2], true],
    ["the benchmarking network", [198, 18, 255, 255], true],
    ["itself", [10, 0, 2, 1], false],
    ["its network's broadcast address", [10, 0, 1, 255], false],
    ["a multicast group", [224, 0, 0, 251], false],
    ["somewhere it has no route to", [8, 8, 8, 8], false],
    ["a neighbour that it has to ask for", [10, 0, 2, 77], undefined],
  ])("by address: %s", (_, address, forwarded) => {
    expect(outcome(frameOf("plain", to(address)), router)[0]).toBe(forwarded);
  });

  it("forwards a priority-tagged frame without its tag", () => {
    const tagged = frameOf("priorityTagged");
    const { forwarded, frame } = expectFrame(tagged, { workload, ports, deviations: router }) as {
      forwarded: true;
      frame: Uint8Array;
    };
    expect(forwarded).toBe(true);
    expect([...frame.subarray(12, 22)]).toEqual([...tagged.subarray(16, 26)]);
    expect(frame.length).toBe(tagged.length - 4);
  });
});

describe("DPDK's driver on packet sockets", () => {
  const deviations = ["gathers-fragments", "drops-tagged-runts", "sees-outgoing"] as const;

  it("may do anything with a fragment", () => {
    expect(outcome(frameOf("fragment"), deviations)).toEqual([undefined, "gathers-fragments"]);
  });

  it("never gets a frame that is too short for its tag", () => {
    expect(outcome(frameOf("taggedRunt"), deviations)).toEqual([false, "drops-tagged-runts"]);
  });
});

describe("a tagged frame that the workload forwards", () => {
  const swapped = (kind: string, deviation: Deviation) =>
    expectFrame(frameOf(kind), { workload: macSwap, ports, deviations: [deviation] });

  it("never gets through a socket that would lose its tag, and others do", () => {
    expect(swapped("vlanTagged", "drops-tagged")).toMatchObject({ reason: "absent" });
    expect(swapped("plain", "drops-tagged")).toMatchObject({ forwarded: true });
    expect(outcome(frameOf("vlanTagged"), ["drops-tagged"])).toEqual([false, undefined]);
  });

  it("has its tag renamed by DPDK's driver where it is not one of 802.1Q", () => {
    const renamed = swapped("doubleTagged", "renames-tags");
    const { frame } = renamed as { frame: Uint8Array };
    expect([...frame.subarray(12, 14)]).toEqual([0x81, 0x00]);
    expect(renamed.deviation).toBe("renames-tags");
    expect(swapped("vlanTagged", "renames-tags").deviation).toBeUndefined();
  });
});

describe("a packet socket", () => {
  /** Sends two frames, of which the second comes out first. */
  function swapped(frames: readonly [Uint8Array, Uint8Array]) {
    const deviations = ["hands-over-late"] as const;
    const expectations = new Expectations({ workload: macSwap, ports, deviations });
    for (const frame of frames) expectations.add(frame);
    const [first, second] = frames.map((frame) => macSwap.reference(frame, hopOf(ports[1])));
    for (const out of [second, first]) expectations.judge.see((out as { frame: Uint8Array }).frame);
    return { clean: isClean(expectations.judge.verdict()), notes: expectations.notes() };
  }

  const plain = frameOf("plain");
  const discovery = Uint8Array.from(plain);
  discovery.set([0x88, 0xcc], 12);

  it("may get a frame that no protocol handles behind the next one, and says so", () => {
    const { clean, notes } = swapped([discovery, plain]);
    expect(clean).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/^1 frame .* came behind the one after/)]);
  });

  it("gets all others in order", () => {
    expect(swapped([plain, discovery])).toEqual({ clean: false, notes: [] });
  });
});

describe("Expectations", () => {
  const counters = (received: number, sent: number, short = 0): Counters => ({
    received,
    sent,
    unsent: 0,
    dropped: newDropCounts(workload).fill(short, 0, 1),
  });
  const expected = (frames: Uint8Array[], deviations: readonly Deviation[] = []) => {
    const expectations = new Expectations({ workload, ports, deviations });
    for (const frame of frames) expectations.add(frame);
    return expectations;
  };

  it("accepts counters that are right, and names those that are wrong", () => {
    const expectations = expected([frameOf("plain"), frameOf("ipv4Runt")]);
    expect(expectations.counterProblems(counters(2, 1, 1))).toEqual([]);
    expect(expectations.counterProblems(counters(2, 2, 1))).toEqual([
      "counter sent says 2, should say 1",
    ]);
  });

  it("counts from the counters of before", () => {
    const expectations = expected([frameOf("plain")]);
    expect(expectations.counterProblems(counters(11, 6), counters(10, 5))).toEqual([]);
  });

  it("leaves room in the counters for frames that are not judged", () => {
    const deviations = ["gathers-fragments"] as const;
    const expectations = expected([frameOf("plain"), frameOf("fragment")], deviations);
    expect(expectations.counterProblems(counters(1, 1))).toEqual([]);
    expect(expectations.counterProblems(counters(2, 2))).toEqual([]);
    expect(expectations.counterProblems(counters(3, 2))).toEqual([
      "counter received says 3, should say 1 to 2",
    ]);
    expect(expectations.notes()[0]).toMatch(/^1 frame not judged: the kernel gathers fragments/);
  });

  it("judges every frame but those whose outcome is open", () => {
    const fragment = frameOf("fragment");
    const expectations = expected([fragment], ["gathers-fragments"]);
    const gathered = fragment.slice(0, 60);
    expect(expectations.judge.see(gathered)).toBe(false);
    expect(expectations.judge.see(frameOf("plain"))).toBe(true);
    expect(expectations.judge.verdict()).toMatchObject({ unknown: 1 });
  });

  it("leaves out what the forwarder's own kernel says", () => {
    const expectations = expected([frameOf("icmp")]);
    const reply = frameOf("icmp", (frame) => frame.set([10, 0, 2, 1], 26));
    const arp = frameOf("otherEtherType", (frame) => {
      frame.set([0x02, 0, 0, 0, 0, 3], 6);
      frame.set([0x08, 0x06], 12);
    });
    expect(expectations.judge.see(reply)).toBe(false);
    expect(expectations.judge.see(arp)).toBe(false);
    expect(expectations.notes()).toEqual(["2 frames sent by the kernel itself, and not judged"]);
  });

  it("takes an ICMP error for a router's answer, and an echo request for a frame of ours", () => {
    const expectations = expected([], router);
    const error = frameOf("icmp", (frame) => frame.fill(11, 34, 35));
    expect(expectations.judge.see(error)).toBe(false);
    expect(expectations.judge.see(frameOf("icmp"))).toBe(true);
  });

  it("on shared ports leaves out conversations that are not ours", () => {
    const expectations = new Expectations({ workload, ports, shared: true });
    expectations.add(frameOf("plain"));
    const stranger = frameOf("icmp", (frame) => frame.set([192, 0, 2, 1], 26));
    expect(expectations.judge.see(stranger)).toBe(false);
    expect(expectations.judge.see(frameOf("icmp"))).toBe(true);
  });
});

describe("a frame to one of these addresses", () => {
  const to = (etherType: number, at: number, address: number[]) => {
    const frame = new Uint8Array(60);
    frame.set([etherType >> 8, etherType & 0xff], 12);
    frame.set(address, at);
    return frame;
  };
  const own = ["192.0.2.7", "fe80::1:2%eth0", "::1", "2001:db8:1:2:3:4:5:6"];

  it.each([
    ["IPv4", to(0x0800, 30, [192, 0, 2, 7]), true],
    ["another IPv4", to(0x0800, 30, [192, 0, 2, 8]), false],
    ["IPv6 with a zone", to(0x86dd, 38, [0xfe, 0x80, ...Array(10).fill(0), 0, 1, 0, 2]), true],
    ["loopback", to(0x86dd, 38, [...Array(15).fill(0), 1]), true],
    [
      "a whole address",
      to(0x86dd, 38, [0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]),
      true,
    ],
    ["ARP", to(0x0806, 30, [192, 0, 2, 7]), false],
  ])("%s", (_, frame, found) => expect(isToOneOf(own, frame)).toBe(found));
});
