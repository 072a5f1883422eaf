import type { PortSpec } from "@iopath/contract";
import { Namespace } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { describe, expect, it } from "vitest";
import { xdp } from "../src/index.ts";

/** A device whose driver has no native XDP. */
const loopback: PortSpec = {
  device: "lo",
  queue: 0,
  mac: "00:00:00:00:00:00",
  ipv4: "127.0.0.1",
  neighbor: { mac: "00:00:00:00:00:00", ipv4: "127.0.0.1" },
};

describe("probe", () => {
  it("says what a driver without native XDP answered, and what to do", () => {
    using namespace = new Namespace("probe");
    const support = inNamespace(namespace.name, () =>
      xdp.probe("native", [loopback, loopback], ipv4Forward),
    );
    if (support.ok) throw new Error("lo has no native XDP");
    expect(support.missing).toMatch(/attach XDP program iopath_forward \(native\).*: E[A-Z]+/);
    expect(support.remedy).toContain("native XDP");
  });

  it("says so when there is no such interface", () => {
    using namespace = new Namespace("probe");
    const missing = { ...loopback, device: "nowhere0" };
    const support = inNamespace(namespace.name, () =>
      xdp.probe("af-xdp", [missing, missing], ipv4Forward),
    );
    expect(support).toMatchObject({ ok: false });
    expect(JSON.stringify(support)).toContain("no interface named nowhere0");
  });
});
