import { readdirSync } from "node:fs";
import { Batch, type PolledPath } from "@iopath/contract";
import { buildWindows, openVerifyingTester } from "@iopath/harness/testers";
import { ip, VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { kernelSockets } from "../src/index.ts";

function frames({ testbed }: VethLab, count: number): readonly Uint8Array[] {
  return buildWindows(ipv4Forward, testbed, 1518, count)[0]!;
}

function open({ testbed }: VethLab, variant: string): PolledPath {
  const path = inNamespace(testbed.forwarderNamespace, () =>
    kernelSockets.open(variant, testbed.ports, { burst: 64, workload: ipv4Forward }),
  );
  if (path.kind !== "polled") throw new Error(`${variant} is not polled`);
  return path;
}

const quietMs = 150;

/**
 * Receives until nothing came for much longer than a block of packet-ring-v3 waits, on a busy
 * machine too.
 */
function drain(path: PolledPath): number {
  const batch = new Batch(64);
  let until = performance.now() + quietMs;
  let received = 0;
  while (performance.now() < until) {
    const came = path.ingress.receive(batch);
    if (came > 0) until = performance.now() + quietMs;
    received += came;
  }
  return received;
}

describe.each([
  ["packet-mmsg", "ethernet"],
  ["packet-ring", "ethernet"],
  ["packet-ring-v3", "ethernet"],
  ["udp-mmsg", "udp"],
] as const)("%s", (variant, carrier) => {
  it("counts frames that found no room apart from those that it received", () => {
    using lab = new VethLab();
    using path = open(lab, variant);
    using tester = openVerifyingTester(lab.testbed, carrier);
    const sent = 16_384;
    const burst = frames(lab, 1024);
    for (let i = 0; i < sent; i += burst.length) tester.send(burst);
    const before = path.counters();
    expect(before.overflowed).toBeGreaterThan(0);
    // A burst that is taken gives its buffers back only when it is sent: what follows is what
    // waited.
    if (variant === "packet-ring") return;
    const received = drain(path);
    expect(received + before.overflowed!).toBe(sent);
    expect(path.counters().overflowed).toBe(before.overflowed);
  });
});

describe.each([
  ["packet-mmsg", "ethernet", "ENETDOWN"],
  ["packet-ring", "ethernet", "ENETDOWN"],
  ["packet-ring-v3", "ethernet", "ENETDOWN"],
  ["io-uring", "ethernet", "ENETDOWN"],
  ["udp-mmsg", "udp", "ENETUNREACH"],
  ["udp-gso", "udp", "ENETUNREACH"],
] as const)("%s", (variant, carrier, answer) => {
  it("names the system's answer when the egress takes nothing", () => {
    using lab = new VethLab();
    using path = open(lab, variant);
    using tester = openVerifyingTester(lab.testbed, carrier);
    ip("-n", lab.testbed.forwarderNamespace!, "link", "set", lab.testbed.ports[1].device, "down");
    tester.send(frames(lab, 8));
    const batch = new Batch(64);
    const until = performance.now() + 1000;
    let received = 0;
    while (received < 8 && performance.now() < until) {
      received += path.ingress.receive(batch);
      path.egress.transmit(batch);
    }
    expect(path.counters()).toMatchObject({ received: 8, sent: 0, unsent: 8 });
    expect(Object.keys(path.counters().refused!)).toEqual([answer]);
  });

  it("closes everything when its port vanished", () => {
    using lab = new VethLab();
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const before = descriptors();
    const path = open(lab, variant);
    ip("-n", lab.testbed.forwarderNamespace!, "link", "delete", lab.testbed.ports[0].device);
    expect(drain(path)).toBe(0);
    path[Symbol.dispose]();
    expect(descriptors()).toBe(before);
  });
});

describe("ip-forward", () => {
  it("leaves routes, neighbours and settings as they were", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const show = (...what: string[]) => ip("-n", testbed.forwarderNamespace!, ...what, "show");
    const state = () => [show("route"), show("neighbour")];
    const before = state();
    const path = inNamespace(testbed.forwarderNamespace, () =>
      kernelSockets.open("ip-forward", testbed.ports, { burst: 1, workload: ipv4Forward }),
    );
    expect(state()).not.toEqual(before);
    path[Symbol.dispose]();
    expect(state()).toEqual(before);
  });

  it("refuses a port whose table already has a route to the test addresses, and keeps that route", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const route = ["198.19.0.0/16", "via", "10.0.2.2", "dev", "port1", "onlink"];
    ip("-n", testbed.forwarderNamespace!, "route", "add", ...route);
    const support = inNamespace(testbed.forwarderNamespace, () =>
      kernelSockets.probe("ip-forward", testbed.ports, ipv4Forward),
    );
    expect(support).toMatchObject({ ok: false });
    expect(JSON.stringify(support)).toContain("File exists");
    expect(ip("-n", testbed.forwarderNamespace!, "route", "show")).toContain("198.19.0.0/16");
  });
});
