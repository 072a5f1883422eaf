import { execFileSync } from "node:child_process";
import { PacketCapture, VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutgoingFrames, openSendingSocket } from "../src/trial/tester/outgoing-frames.ts";
import { openPass, openSink } from "../src/trial/tester/sink.ts";
import { buildWindows, WindowSender } from "../src/trial/tester/window-sender.ts";

const capacity = 8;
const etherTypes = {
  ipv4: [0x08, 0x00],
  vlan: [0x81, 0x00],
  serviceVlan: [0x88, 0xa8],
  linkLayerDiscovery: [0x88, 0xcc],
} as const;

let lab: VethLab;
let resources: DisposableStack;
let outgoing: OutgoingFrames;
let capture: PacketCapture;

beforeAll(() => {
  lab = new VethLab();
  resources = new DisposableStack();
  const { testerNamespace, forwarderNamespace, wires, ports } = lab.testbed;
  outgoing = inNamespace(testerNamespace, () => {
    const socket = resources.use(openSendingSocket(wires[0].device));
    return resources.use(new OutgoingFrames(socket, capacity));
  });
  capture = inNamespace(forwarderNamespace, () =>
    resources.use(new PacketCapture(ports[0].device)),
  );
});
afterAll(() => {
  resources.dispose();
  lab[Symbol.dispose]();
});

/** Addresses and what is behind them, each byte another. */
function frameOf(header: readonly number[], bytes: number): Uint8Array {
  const frame = Uint8Array.from({ length: bytes }, (_, i) => i);
  frame.set([0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02, ...header]);
  return frame;
}

function exchange(frames: readonly Uint8Array[]): Uint8Array[] {
  for (const [i, frame] of frames.entries()) outgoing.load(i, frame);
  expect(outgoing.send(frames.length)).toBe(frames.length);
  const giveUpAt = performance.now() + 100_000;
  const came = capture.take();
  while (came.length < frames.length && performance.now() < giveUpAt) came.push(...capture.take());
  return came;
}

describe("what the tester sends", () => {
  it("arrives byte by byte and in order, whatever the lengths", () => {
    const length = fc.integer({ min: 60, max: 1556 });
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: capacity }), (lengths) => {
        const frames = lengths.map((bytes) => frameOf(etherTypes.ipv4, bytes));
        expect(exchange(frames)).toEqual(frames);
      }),
      { numRuns: 50 },
    );
  });

  it("is captured with its VLAN tags: the kernel's own, a priority tag, and two of them", () => {
    const tagged = [
      frameOf([...etherTypes.vlan, 0x60, 0x07, ...etherTypes.ipv4], 64),
      frameOf([...etherTypes.vlan, 0x00, 0x00, ...etherTypes.ipv4], 64),
      frameOf([...etherTypes.serviceVlan, 0x01, 0x23, ...etherTypes.vlan, 0x00, 0x05], 68),
    ];
    expect(exchange(tagged)).toEqual(tagged);
  });

  /** In its own thread the kernel takes waiting frames in lists, as from a card. */
  it("is captured in order where the kernel takes frames in lists, known EtherTypes and others", () => {
    const { forwarderNamespace = "", ports } = lab.testbed;
    const [{ device }] = ports;
    const receiveInThread = (value: "0" | "1") =>
      execFileSync(
        "ip",
        ["netns", "exec", forwarderNamespace, "tee", `/sys/class/net/${device}/threaded`],
        { input: value },
      );
    using _polled = inNamespace(forwarderNamespace, () => openPass(device));
    receiveInThread("1");
    try {
      const frames = Array.from({ length: capacity }, (_, i) =>
        frameOf(i % 2 === 0 ? etherTypes.linkLayerDiscovery : etherTypes.ipv4, 60 + i),
      );
      for (let round = 0; round < 50; round++) expect(exchange(frames)).toEqual(frames);
    } finally {
      receiveInThread("0");
    }
  });

  it("ends before a frame that the kernel refuses, and says why", () => {
    const { testerNamespace = "", wires } = lab.testbed;
    const [, { device }] = wires;
    execFileSync("ip", ["-n", testerNamespace, "link", "set", device, "mtu", "1500"]);
    inNamespace(testerNamespace, () => {
      using socket = openSendingSocket(device);
      using frames = new OutgoingFrames(socket, 4);
      for (const [i, bytes] of [60, 60, 1600, 60].entries()) {
        frames.load(i, frameOf(etherTypes.ipv4, bytes));
      }
      expect(frames.refusal()).toBeUndefined();
      expect(frames.send(4)).toBe(2);
      expect(frames.refusal()).toBe("EMSGSIZE");
      expect(frames.send(2)).toBe(2);
    });
  });

  it("is never longer than a buffer", () => {
    expect(() => outgoing.load(0, new Uint8Array(1601))).toThrow("1601");
  });
});

describe("the sender of windows", () => {
  it("sends the windows in turn, as its flows and its mark have it", () => {
    const { testbed } = lab;
    const { measuring } = ipv4Forward;
    const windows = buildWindows(ipv4Forward, testbed, "imix", 6);
    expect(windows.length).toBe(2);
    using sink = inNamespace(testbed.forwarderNamespace, () =>
      openSink(testbed.ports[0].device, measuring.mark),
    );
    using sender = inNamespace(
      testbed.testerNamespace,
      () =>
        new WindowSender(testbed.wires[0].device, windows, { first: 0, flows: 1 }, 0, measuring),
    );
    for (let sent = 6; sent <= 24; sent += 6) {
      expect(sender.send()).toBe(6);
      expect(sink.received()).toBe(sent);
    }
    expect(sender.refusal()).toBeUndefined();
  });
});
