import { VethLab } from "@iopath/lab";
import { DeviceFeatures, inNamespace } from "@iopath/native";
import { expect, it } from "vitest";
import { requireSegmenting } from "../src/segment-support.ts";

it("an old kernel cuts messages for a device that fills in checksums, and for no other", () => {
  using lab = new VethLab();
  const { forwarderNamespace, ports } = lab.testbed;
  inNamespace(forwarderNamespace, () => {
    const { device } = ports[1];
    const require = () => requireSegmenting(device, "6.1.0-50-amd64");
    expect(require).not.toThrow();
    using features = new DeviceFeatures(device);
    features.set("tx-checksum-ip-generic", false);
    expect(require).toThrow(`cuts no message into datagrams for ${device} (UDP_SEGMENT: EIO)`);
    expect(() => requireSegmenting(device, "6.11.0")).not.toThrow();
  });
});
