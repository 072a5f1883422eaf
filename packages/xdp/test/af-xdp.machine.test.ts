import { execFileSync } from "node:child_process";
import { release } from "node:os";
import { laws, type PolledPath } from "@iopath/contract";
import { ip, VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import { type AfXdpOptions, afXdpDefaults, openAfXdp } from "../src/af-xdp.ts";
import { xdp } from "../src/index.ts";
import { mapRings, openXsk, raiseTransmitBudget, ringFrames } from "../src/xsk.ts";
import { goodFrames, openSubject } from "./subject.ts";

const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());
const { testbed } = lab;

type Ports = typeof testbed.ports;

const burst = 64;
const stepsMax = 1_000_000;

/** System calls that forwarding one full burst takes. */
function callsOfBurst(options: AfXdpOptions): number {
  using subject = openSubject(testbed, (ports) => openAfXdp(ports, options));
  const { forwarder, send, collect } = subject;
  send(goodFrames(testbed, burst));
  for (let steps = 0; forwarder.counters().received < burst; steps++) {
    if (steps === stepsMax) throw new Error("the burst did not arrive");
    forwarder.step();
  }
  expect(collect().length).toBe(burst);
  return (forwarder.path as PolledPath).counters().syscalls!;
}

function hasTransmitBudget(): boolean {
  return inNamespace(testbed.forwarderNamespace, () => {
    using socket = openXsk(testbed.ports[0]);
    using _rings = mapRings(socket);
    return raiseTransmitBudget(socket, 64);
  });
}

function isLinuxSince(major: number, minor: number): boolean {
  const [ofMajor = 0, ofMinor = 0] = release().split(".").map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}

describe("the transmit budget", () => {
  it("of the kernel is 32 frames, so that a burst of 64 takes two kicks", () => {
    expect(callsOfBurst({ ...afXdpDefaults, transmitBudget: undefined })).toBe(2);
  });

  it("can be raised since Linux 6.17, so that a burst takes one kick; before, it takes two", () => {
    const canRaise = hasTransmitBudget();
    if (isLinuxSince(6, 17)) expect(canRaise).toBe(true);
    const calls = callsOfBurst({ ...afXdpDefaults, transmitBudget: 256 });
    expect(calls).toBe(canRaise ? 1 : 2);
  });
});

describe("need-wakeup", () => {
  it("saves no kick in copy mode, where the kernel sends within the call", () => {
    const calls = callsOfBurst({ ...afXdpDefaults, needWakeup: false });
    expect(calls).toBe(callsOfBurst(afXdpDefaults));
  });
});

describe("an egress that is down", () => {
  it("sends nothing, counts nothing as sent, and goes on when it is up again", () => {
    const namespace = testbed.forwarderNamespace!;
    using subject = openSubject(testbed, (ports) => openAfXdp(ports, afXdpDefaults));
    const { forwarder, send, collect } = subject;
    const frames = goodFrames(testbed, 8);
    const forward = (total: number) => {
      send(frames);
      for (let steps = 0; forwarder.counters().received < total; steps++) {
        if (steps === stepsMax) throw new Error("the frames did not arrive");
        forwarder.step();
      }
    };
    ip("-n", namespace, "link", "set", "port1", "down");
    try {
      forward(8);
      expect(forwarder.counters()).toMatchObject({ received: 8, sent: 0, unsent: 0, syscalls: 1 });
    } finally {
      ip("-n", namespace, "link", "set", "port1", "up");
    }
    forward(16);
    expect(forwarder.counters()).toMatchObject({ received: 16, sent: 16, unsent: 0 });
    expect(collect().length).toBe(16);
  });
});

describe("an RX ring that overflows", () => {
  it("is counted, and what was in it is forwarded", () => {
    using subject = openSubject(testbed, (ports) => openAfXdp(ports, afXdpDefaults));
    const { forwarder, send, collect } = subject;
    const sent = 2 * ringFrames;
    for (let i = 0; i < sent; i += burst) send(goodFrames(testbed, burst));
    for (let steps = 0; steps < stepsMax && forwarder.counters().received < ringFrames; steps++) {
      forwarder.step();
    }
    const counters = forwarder.counters();
    expect(counters).toMatchObject({ received: ringFrames, sent: ringFrames, unsent: 0 });
    expect(counters.overflowed).toBe(sent - ringFrames);
    expect(collect().length).toBe(ringFrames);
  });
});

describe("an egress that holds the frames back", () => {
  it("counts every frame as sent, on the ring or unsent, and reports the system's answer", () => {
    using slow = new VethLab();
    const namespace = slow.testbed.forwarderNamespace!;
    const above = ["link", "port1", "name", "above1", "type", "macvlan", "mode", "private"];
    ip("-n", namespace, "link", "add", ...above);
    ip("-n", namespace, "link", "set", "above1", "up");
    const shape = ["tbf", "rate", "8kbit", "burst", "2kb", "limit", "100mb"];
    execFileSync("tc", ["-n", namespace, "qdisc", "add", "dev", "port1", "root", ...shape]);
    const onSlow = ([from, to]: Ports): Ports => [from, { ...to, device: "above1" }];
    using subject = openSubject(slow.testbed, (ports) => openAfXdp(onSlow(ports), afXdpDefaults));
    const { forwarder, send } = subject;
    const sent = 4 * ringFrames;
    for (let i = 0; i < sent; i += burst) {
      send(goodFrames(slow.testbed, burst));
      for (let steps = 0; steps < 4; steps++) forwarder.step();
    }
    const counters = forwarder.counters();
    expect(counters.received).toBe(sent);
    expect(counters.sent + counters.unsent + ringFrames).toBe(sent);
    expect(Object.keys(counters.refused!)).toEqual(["EAGAIN"]);
  });
});

describe("zero-copy on veth, which has none", () => {
  it("is skipped with what was tried and the driver's answer", () => {
    const probe = () => xdp.probe("af-xdp-zero-copy", testbed.ports, ipv4Forward);
    expect(inNamespace(testbed.forwarderNamespace, probe)).toMatchObject({
      ok: false,
      missing: "bind AF_XDP socket on port0 queue 0 for zero-copy: EOPNOTSUPP",
    });
  });

  it.each(laws.map((law) => [law.name, law] as const))(
    "falls back to copies: %s",
    async (_name, law) => {
      const options = { ...afXdpDefaults, zeroCopy: "preferred" } as const;
      using subject = openSubject(testbed, (ports) => openAfXdp(ports, options));
      expect(await law.check(subject, 7)).toBeUndefined();
    },
  );
});
