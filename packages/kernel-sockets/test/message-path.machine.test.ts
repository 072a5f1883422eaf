import { Batch, type PortSpec } from "@iopath/contract";
import { VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { kernelSockets, openPacketPath } from "../src/index.ts";

describe("packet-mmsg", () => {
  it("counts a frame that is too long for the device as unsent, and sends those around it", () => {
    using lab = new VethLab();
    using path = inNamespace(lab.testbed.forwarderNamespace, () =>
      openPacketPath(lab.testbed.ports, 3),
    );
    const batch = new Batch(3);
    for (const [i, length] of [60, 2000, 60].entries()) {
      batch.offset[i] = path.bufferOffset(i);
      batch.length[i] = length;
    }
    batch.count = 3;
    expect(path.egress.transmit(batch)).toBe(2);
    expect(path.counters()).toMatchObject({ received: 0, sent: 2, unsent: 1 });
  });

  it("can't be opened where there is no such interface, and says so", () => {
    using lab = new VethLab();
    const [port] = lab.testbed.ports;
    const missing: PortSpec = { ...port, device: "nowhere0" };
    const support = inNamespace(lab.testbed.forwarderNamespace, () =>
      kernelSockets.probe("packet-mmsg", [missing, missing], ipv4Forward),
    );
    expect(JSON.stringify(support)).toContain("no interface named nowhere0");
  });
});
