import { readFileSync } from "node:fs";
import { VethLab } from "@iopath/lab";
import { inNamespace, PrivateMount } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { xdp } from "../src/index.ts";

describe("busy polling", () => {
  it("is supported or says why not, and leaves the device's settings as they were", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    using sysfs = inNamespace(testbed.forwarderNamespace, () => new PrivateMount("sysfs"));
    const settings = () =>
      ["napi_defer_hard_irqs", "gro_flush_timeout"].map((name) =>
        readFileSync(`${sysfs.path}/class/net/port0/${name}`, "utf8").trim(),
      );
    const before = settings();
    const support = inNamespace(testbed.forwarderNamespace, () =>
      xdp.probe("af-xdp-busy-poll", testbed.ports, ipv4Forward),
    );
    if (!support.ok) expect(support.missing).toMatch(/SO_INCOMING_NAPI_ID is 0.*EOPNOTSUPP$/);
    expect(settings()).toEqual(before);
  });
});
