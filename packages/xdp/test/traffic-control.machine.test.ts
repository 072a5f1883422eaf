import { run, VethLab } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, describe, expect, it } from "vitest";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { openTrafficControl } from "../src/attached.ts";
import { xdp } from "../src/index.ts";
import { openSubject } from "./subject.ts";

const lab = new VethLab();
afterAll(() => lab[Symbol.dispose]());
const { testbed } = lab;
const tc = (...args: string[]) => run("tc", ["-n", testbed.forwarderNamespace!, ...args]);

describe("tc through clsact, as on kernels before 6.6", () => {
  it.each(lawCases)("$name", async ({ law, workload }) => {
    const open = (ports: typeof testbed.ports) => openTrafficControl(ports, { workload }, "clsact");
    using subject = openSubject(testbed, open, workload);
    const { deviations = [] } = xdp.variants.find(({ name }) => name === "tc")!;
    expect(await law.check({ ...subject, deviations }, 20_261_123)).toBeUndefined();
  });

  it("is a direct-action filter while open, and leaves no queueing discipline behind", () => {
    const path = inNamespace(testbed.forwarderNamespace, () =>
      openTrafficControl(testbed.ports, { workload: ipv4Forward }, "clsact"),
    );
    expect(tc("filter", "show", "dev", "port0", "ingress")).toContain("direct-action");
    expect(path.deviceMode).toBe("clsact");
    path[Symbol.dispose]();
    expect(tc("qdisc", "show", "dev", "port0")).not.toContain("clsact");
  });

  it("refuses a port that already has a clsact, and leaves it alone", () => {
    tc("qdisc", "add", "dev", "port0", "clsact");
    try {
      const open = () =>
        inNamespace(testbed.forwarderNamespace, () =>
          openTrafficControl(testbed.ports, { workload: ipv4Forward }, "clsact"),
        );
      expect(open).toThrow(/tc qdisc add dev port0 clsact/);
      expect(tc("qdisc", "show", "dev", "port0")).toContain("clsact");
    } finally {
      tc("qdisc", "delete", "dev", "port0", "clsact");
    }
  });
});

describe("tc through a tcx link", () => {
  it("makes no queueing discipline", () => {
    using _path = inNamespace(testbed.forwarderNamespace, () =>
      openTrafficControl(testbed.ports, { workload: ipv4Forward }, "tcx"),
    );
    expect(tc("qdisc", "show", "dev", "port0")).not.toContain("clsact");
  });
});
