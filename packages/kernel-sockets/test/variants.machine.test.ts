import { readFileSync } from "node:fs";
import { Batch, openForwarder } from "@iopath/contract";
import { buildWindows, openVerifyingTester } from "@iopath/harness/testers";
import { ip, run, VethLab } from "@iopath/lab";
import { DeviceFeatures, inNamespace, PrivateMount } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { kernelSockets } from "../src/index.ts";

const stepsMax = 100_000;

function goodFrames({ testbed }: VethLab, count: number): readonly Uint8Array[] {
  return buildWindows(ipv4Forward, testbed, 64, count)[0]!;
}

function openPolled(lab: VethLab, variant: string, burst: number) {
  const { testbed } = lab;
  const path = inNamespace(testbed.forwarderNamespace, () =>
    kernelSockets.open(variant, testbed.ports, { burst, workload: ipv4Forward }),
  );
  if (path.kind !== "polled") throw new Error(`${variant} is not polled`);
  return path;
}

describe.each(["packet-ring", "io-uring"])("%s", (variant) => {
  it("counts frames as unsent while the egress is down, and sends again when it is up", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    using forwarder = inNamespace(testbed.forwarderNamespace, () =>
      openForwarder(kernelSockets, variant, testbed.ports, { burst: 8, workload: ipv4Forward }),
    );
    using tester = openVerifyingTester(testbed, "ethernet");
    const pass = () => {
      tester.send(goodFrames(lab, 8));
      let received = 0;
      for (let i = 0; i < stepsMax && received < 8; i++) received += forwarder.step();
    };
    const link = (state: string) =>
      ip("-n", testbed.forwarderNamespace!, "link", "set", testbed.ports[1].device, state);
    pass();
    link("down");
    pass();
    link("up");
    pass();
    expect(forwarder.counters()).toMatchObject({ received: 24, sent: 16, unsent: 8 });
    expect(tester.collect().length).toBe(16);
  });

  it("goes round its ring many times and loses nothing", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    using forwarder = inNamespace(testbed.forwarderNamespace, () =>
      openForwarder(kernelSockets, variant, testbed.ports, { burst: 3, workload: ipv4Forward }),
    );
    using tester = openVerifyingTester(testbed, "ethernet");
    const windows = 60;
    let came = 0;
    for (let w = 0; w < windows; w++) {
      tester.send(goodFrames(lab, 64));
      let received = 0;
      for (let i = 0; i < stepsMax && received < 64; i++) received += forwarder.step();
      came += tester.collect().length;
    }
    expect(came).toBe(windows * 64);
  });
});

describe("packet-ring", () => {
  it("puts the VLAN tag back where it was", () => {
    using lab = new VethLab();
    using path = openPolled(lab, "packet-ring", 1);
    using tester = openVerifyingTester(lab.testbed, "ethernet");
    const [frame] = goodFrames(lab, 1);
    const tag = [0x81, 0x00, 0x6a, 0xbc];
    const tagged = Uint8Array.from([...frame!.subarray(0, 12), ...tag, ...frame!.subarray(12)]);
    tester.send([tagged]);
    const batch = new Batch(1);
    for (let i = 0; i < stepsMax && path.ingress.receive(batch) === 0; i++);
    const at = batch.offset[0]!;
    expect(path.memory.slice(at, at + batch.length[0]!)).toEqual(tagged);
  });
});

/** Packets that the forwarder's IP stack was given so far (/proc/net/snmp, `Ip`). */
function receivedByIp({ testbed }: VethLab): number {
  const namespace = testbed.forwarderNamespace!;
  const text = run("ip", ["netns", "exec", namespace, "cat", "/proc/net/snmp"]);
  const [names, values] = text.split("\n").filter((line) => line.startsWith("Ip:"));
  return Number(values!.split(" ")[names!.split(" ").indexOf("InReceives")]);
}

describe.each(["packet-mmsg", "packet-ring"])("%s and the IP stack", (variant) => {
  const forwardAll = (lab: VethLab, name: string) => {
    using forwarder = inNamespace(lab.testbed.forwarderNamespace, () =>
      openForwarder(kernelSockets, name, lab.testbed.ports, { burst: 8, workload: ipv4Forward }),
    );
    using tester = openVerifyingTester(lab.testbed, "ethernet");
    const before = receivedByIp(lab);
    tester.send(goodFrames(lab, 8));
    let received = 0;
    for (let i = 0; i < stepsMax && received < 8; i++) received += forwarder.step();
    return { forwarded: tester.collect().length, toIp: receivedByIp(lab) - before };
  };

  it("gets each frame behind the socket", () => {
    using lab = new VethLab();
    expect(forwardAll(lab, variant)).toEqual({ forwarded: 8, toIp: 8 });
  });

  it("gets none of them with a drop at the ingress hook, until the path is closed", () => {
    using lab = new VethLab();
    expect(forwardAll(lab, `${variant}-drop`)).toEqual({ forwarded: 8, toIp: 0 });
    expect(forwardAll(lab, variant)).toEqual({ forwarded: 8, toIp: 8 });
  });
});

describe("udp-gso", () => {
  it("receives many datagrams with one system call", () => {
    using lab = new VethLab();
    using path = openPolled(lab, "udp-gso", 1);
    using tester = openVerifyingTester(lab.testbed, "udp");
    const batch = new Batch(1);
    tester.send(goodFrames(lab, 64));
    let fruitful = 0;
    let received = 0;
    for (let i = 0; i < stepsMax && received < 64; i++) {
      const before = path.counters().syscalls!;
      const count = path.ingress.receive(batch);
      if (count > 0 && path.counters().syscalls! > before) fruitful++;
      received += count;
    }
    expect(received).toBe(64);
    expect(fruitful).toBeLessThan(32);
  });

  it("sends frames of one size with one system call, a shorter one at their end included", () => {
    using lab = new VethLab();
    using path = openPolled(lab, "udp-gso", 8);
    const batch = new Batch(8);
    for (const [i, length] of [60, 60, 0, 60, 40, 60, 61, 0].entries()) {
      batch.offset[i] = (path.memory.length - 8 * 2048 + i * 2048) & ~3;
      batch.length[i] = length;
    }
    batch.count = 8;
    const before = path.counters().syscalls!;
    expect(path.egress.transmit(batch)).toBe(6);
    expect(path.counters()).toMatchObject({ sent: 6, unsent: 0, syscalls: before + 1 });
  });

  it("leaves the ingress device as it was", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const { device } = testbed.ports[0];
    using features = inNamespace(testbed.forwarderNamespace, () => new DeviceFeatures(device));
    using sysfs = inNamespace(testbed.forwarderNamespace, () => new PrivateMount("sysfs"));
    const state = () => [
      features.isOn("rx-gro"),
      features.isOn("rx-udp-gro-forwarding"),
      ...["gro_flush_timeout", "napi_defer_hard_irqs"].map((name) =>
        readFileSync(`${sysfs.path}/class/net/${device}/${name}`, "utf8"),
      ),
    ];
    const before = state();
    const path = openPolled(lab, "udp-gso", 8);
    const during = state();
    path[Symbol.dispose]();
    expect(during).not.toEqual(before);
    expect(state()).toEqual(before);
  });
});
