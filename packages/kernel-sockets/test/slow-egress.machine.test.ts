/**
 * An egress that takes frames more slowly than they come: what finds no room is counted, by the
 * system's answer.
 */

import { execFileSync } from "node:child_process";
import { type Counters, openForwarder, type PortSpec } from "@iopath/contract";
import { buildWindows, openVerifyingTester } from "@iopath/harness/testers";
import { ip, VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import { kernelSockets } from "../src/index.ts";

type Carrier = "ethernet" | "udp";

/** More than what the socket's own buffer lets it have on the way at once. */
const manyFrames = 30_000;
const burst = 64;

const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());
const { testbed } = lab;
const namespace = testbed.forwarderNamespace!;
const [ingress, egress] = testbed.ports;

/**
 * A device on top of the egress: packet sockets go past its queueing discipline, but not past that
 * below.
 */
const above: PortSpec = { ...egress, device: "above1" };
const macvlan = ["name", above.device, "type", "macvlan", "mode", "private"];
ip("-n", namespace, "link", "add", "link", egress.device, ...macvlan);
ip("-n", namespace, "link", "set", above.device, "up");

/** The egress's frames wait in a token bucket of so many bytes, 8 kbit/s flow out of it. */
function slowDown(limit: string): Disposable {
  const qdisc = (...args: string[]) => execFileSync("tc", ["-n", namespace, "qdisc", ...args]);
  const shape = ["tbf", "rate", "8kbit", "burst", "2kb", "limit", limit];
  qdisc("add", "dev", egress.device, "root", ...shape);
  return { [Symbol.dispose]: () => qdisc("delete", "dev", egress.device, "root") };
}

function goodFrames(): readonly Uint8Array[] {
  return buildWindows(ipv4Forward, testbed, 64, burst)[0]!;
}

/** Sends `frames` through the variant, a burst after the other, and returns its counters. */
function forwardAll(variant: string, carrier: Carrier, to: PortSpec, frames: number): Counters {
  using forwarder = inNamespace(testbed.forwarderNamespace, () =>
    openForwarder(kernelSockets, variant, [ingress, to], { burst, workload: ipv4Forward }),
  );
  using tester = openVerifyingTester(testbed, carrier);
  const window = goodFrames();
  for (let sent = 0; sent < frames; sent += burst) {
    tester.send(window);
    const giveUpAt = performance.now() + 120_000;
    while (forwarder.counters().received < sent + burst && performance.now() < giveUpAt) {
      forwarder.step();
    }
  }
  return forwarder.counters();
}

function expectAllCounted(counters: Counters, frames: number): void {
  expect(counters.received).toBe(frames);
  expect(counters.unsent).toBeGreaterThan(0);
  expect(counters.sent + counters.unsent).toBe(frames);
}

describe.each(["udp-mmsg", "udp-gso"])("%s", (variant) => {
  it("counts what the device's queue has no room for (ENOBUFS)", () => {
    using _slow = slowDown("6000");
    const counters = forwardAll(variant, "udp", egress, 1024);
    expectAllCounted(counters, 1024);
    expect(Object.keys(counters.refused!)).toEqual(["ENOBUFS"]);
  });
});

describe.each([
  ["packet-mmsg", "ethernet"],
  ["io-uring", "ethernet"],
  ["udp-mmsg", "udp"],
] as const)("%s", (variant, carrier) => {
  it("counts what the socket's buffer has no room for (EAGAIN)", () => {
    using _slow = slowDown("100mb");
    const to = carrier === "udp" ? egress : above;
    const frames = Math.ceil(manyFrames / burst) * burst;
    const counters = forwardAll(variant, carrier, to, frames);
    expectAllCounted(counters, frames);
    expect(Object.keys(counters.refused!)).toEqual(["EAGAIN"]);
  });
});

describe.each(["packet-mmsg", "packet-ring", "packet-ring-v3", "io-uring"])("%s", (variant) => {
  it("counts what the queue of the device below has no room for (ENOBUFS)", () => {
    using _slow = slowDown("6000");
    const counters = forwardAll(variant, "ethernet", above, 1024);
    expectAllCounted(counters, 1024);
    expect(Object.keys(counters.refused!)).toEqual(["ENOBUFS"]);
  });
});

describe("packet-ring", () => {
  it("counts frames whose slots the device still holds", () => {
    using _slow = slowDown("100mb");
    const counters = forwardAll("packet-ring", "ethernet", above, 2048);
    expectAllCounted(counters, 2048);
    expect(counters.sent).toBeGreaterThanOrEqual(512);
  });
});
