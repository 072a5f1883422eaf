/**
 * The open loop on real ports. A busy machine makes trials short, so that none of these asks for a
 * rate: what is sent is counted, and what is counted adds up.
 */
import { ExitStatus } from "@iopath/contract";
import { findPath, findVariant } from "@iopath/harness";
import { VethLab } from "@iopath/lab";
import { inNamespace, processCpuNs } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { OpenLoopDevice } from "../../src/open-loop/device.ts";
import { placementHere } from "../../src/open-loop/placement.ts";
import { CountingSink } from "../../src/open-loop/tester/counting-sink.ts";
import { planFrame } from "../../src/open-loop/tester/frame-plan.ts";
import { OutgoingFrames, openSendingSocket } from "../../src/trial/tester/outgoing-frames.ts";

async function open(path: string, name: string): Promise<OpenLoopDevice> {
  const variant = findVariant(findPath(path), name);
  return await OpenLoopDevice.open({
    ...{ path: findPath(path), variant, workload: "ipv4-forward", frameBytes: 64, burst: 64 },
    ...{ placement: placementHere(variant)!, realtime: false },
    signal: new AbortController().signal,
  });
}

describe.each([
  ["xdp", "native"],
  ["kernel-sockets", "udp-mmsg"],
])("an open loop through %s/%s", (path, variant) => {
  it("counts each frame once, as the reference makes it, and bins its latency", async () => {
    await using device = await open(path, variant);
    const { counts, effort } = await device.trial(2000, 0.2);
    expect(counts.intended).toBe(400);
    expect(counts.offered).toBeGreaterThan(0);
    expect(counts.offered).toBeLessThanOrEqual(400);
    expect(counts.forwarded).toBeGreaterThan(0);
    expect(counts.forwarded).toBeLessThanOrEqual(counts.offered);
    expect(counts).toMatchObject({ corrupted: 0, duplicated: 0, stale: 0 });
    expect(counts.bins.reduce((sum, [, count]) => sum + count, 0)).toBe(counts.forwarded);
    // On a busy machine some may leave the forwarder after the tester has stopped to wait.
    expect(effort.forwarder.sent).toBeGreaterThanOrEqual(counts.forwarded);
    expect(effort.forwarderCpuNs).toBeGreaterThan(0);
  });
});

it("where the kernel forwards, the forwarder's process leaves the CPU to it", async () => {
  await using device = await open("xdp", "native");
  const before = processCpuNs(device.forwarderPid)!;
  const { counts } = await device.trial(2000, 0.5);
  const itsOwn = processCpuNs(device.forwarderPid)! - before;
  expect(itsOwn / counts.windowNs).toBeLessThan(0.5);
});

it("a forwarder that dies in mid-trial is an error that says so, and nothing is left", async () => {
  const device = await open("xdp", "af-xdp");
  const trial = device.trial(1000, 1);
  process.kill(device.forwarderPid, "SIGKILL");
  await expect(trial).rejects.toMatchObject({
    exitStatus: ExitStatus.cellFailed,
    message: expect.stringMatching(
      /the forwarder of xdp\/af-xdp: its process was ended by SIGKILL/,
    ),
  });
  await device[Symbol.asyncDispose]();
});

describe("the sink", () => {
  it("tells frames of others, changed ones, repeated ones and late ones apart", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    const plan = planFrame(ipv4Forward, testbed, "ethernet", 64);
    using resources = new DisposableStack();
    const sink = inNamespace(testbed.testerNamespace, () =>
      resources.use(new CountingSink(testbed.wires[1].device, plan)),
    );
    const outgoing = inNamespace(testbed.forwarderNamespace, () => {
      const socket = resources.use(openSendingSocket(testbed.ports[1].device));
      return resources.use(new OutgoingFrames(socket, 8));
    });
    sink.begin(1);
    const frames = [0, 2, 2, 1].map((sequence) => forwarded(plan, testbed, sequence, 1));
    const changed = forwarded(plan, testbed, 3, 1);
    changed[30]! ^= 1;
    const foreign = forwarded(plan, testbed, 4, 1);
    foreign[plan.mark.at]! ^= 1;
    const late = forwarded(plan, testbed, 5, 7);
    for (const [i, frame] of [...frames, changed, foreign, late].entries()) outgoing.load(i, frame);
    expect(outgoing.send(7)).toBe(7);
    const giveUpAt = performance.now() + 100_000;
    while (sink.arrived() < 7 && performance.now() < giveUpAt);
    expect(sink.counts()).toMatchObject({
      ...{ forwarded: 3, duplicated: 1, reordered: 1, corrupted: 1, foreign: 1, stale: 1 },
    });
  });
});

/** The test frame as a forwarder sends it on. */
function forwarded(
  plan: ReturnType<typeof planFrame>,
  { ports }: VethLab["testbed"],
  sequence: number,
  epoch: number,
): Uint8Array {
  const [, { mac, neighbor }] = ports;
  const hop = { destinationMac: neighbor.mac, sourceMac: mac };
  const outcome = ipv4Forward.reference(plan.onWire, hop);
  if (!outcome.forwarded) throw new Error(outcome.reason);
  const view = new DataView(outcome.frame.buffer);
  view.setUint32(plan.stamps.sequence, sequence, true);
  view.setUint16(plan.stamps.epoch, epoch, true);
  return outcome.frame;
}
