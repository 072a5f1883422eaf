import { once } from "node:events";
import { inNamespace, interfaceIndex } from "@iopath/native";
import { describe, expect, it } from "vitest";
import {
  deleteOrphanNamespaces,
  ip,
  isOrphan,
  leftovers,
  Namespace,
  namespaceNames,
  ownedName,
  refuseDefaultRoute,
  VethLab,
} from "../src/index.ts";
import { killCode, spawnCode } from "./run-code.ts";

function mine(): string[] {
  return namespaceNames().filter((name) => name.startsWith(`iopath-${process.pid}-`));
}

describe("VethLab", () => {
  it("connects port 0 and port 1 with the tester", () => {
    using lab = new VethLab();
    const { testbed } = lab;
    inNamespace(testbed.forwarderNamespace, () => {
      for (const { device } of testbed.ports) expect(interfaceIndex(device)).toBeGreaterThan(0);
    });
    expect(ip("-n", testbed.testerNamespace!, "link", "show", "tester0")).toContain("state UP");
  });

  it("leaves nothing when it is disposed of", () => {
    const lab = new VethLab();
    expect(mine().length).toBe(2);
    lab[Symbol.dispose]();
    lab[Symbol.dispose]();
    expect(mine()).toEqual([]);
  });

  it("can stand beside another lab", () => {
    using namespace = new Namespace("other");
    using lab = new VethLab();
    expect(mine().length).toBe(3);
    expect(lab.testbed.testerNamespace).not.toBe(namespace.name);
  });

  it("is taken down when its process ends without disposing of it", async () => {
    const code = `new lab.VethLab(); console.log("up"); setTimeout(() => process.exit(0), 10)`;
    const { child } = await spawnCode(code);
    await once(child, "exit");
    expect(namespaceNames().filter((name) => name.includes(`-${child.pid}-`))).toEqual([]);
  });

  it("is swept up after its process was killed", async () => {
    const owner = await spawnCode(`new lab.VethLab(); console.log("up")`);
    const left = () => namespaceNames().filter((name) => name.includes(`-${owner.child.pid}-`));
    expect(deleteOrphanNamespaces()).not.toContain(left()[0]);
    await killCode(owner);
    expect(left().length).toBe(2);
    deleteOrphanNamespaces();
    expect(left()).toEqual([]);
  });
});

describe("owned names", () => {
  it("are no orphans while their process lives", () => {
    expect(isOrphan(ownedName("x"))).toBe(false);
  });

  it("are orphans when another process has the pid now", () => {
    expect(isOrphan(`iopath-${process.pid}-1-x`)).toBe(true);
  });

  it("are never taken from others", () => {
    for (const name of ["iopath", "iopath-x", "cni-1234", "iopath-abc-1-x"]) {
      expect(isOrphan(name)).toBe(false);
    }
  });
});

describe("leftovers", () => {
  it("finds an XDP program that stayed on a port, and a port that is gone", () => {
    using lab = new VethLab();
    expect(leftovers(lab.testbed)).toEqual([]);
    ip("-n", lab.testbed.testerNamespace!, "link", "delete", "tester1");
    expect(leftovers(lab.testbed)).toEqual([
      "interface port1 is gone",
      "interface tester1 is gone",
    ]);
  });
});

describe("refuseDefaultRoute", () => {
  it("refuses a port that carries the default route, and no other", () => {
    using lab = new VethLab();
    const namespace = lab.testbed.forwarderNamespace!;
    ip("-n", namespace, "route", "add", "default", "via", "10.0.1.2", "dev", "port0");
    inNamespace(namespace, () => {
      expect(() => refuseDefaultRoute("port0")).toThrow("port0 carries a default route");
      expect(() => refuseDefaultRoute("port1")).not.toThrow();
      expect(() => refuseDefaultRoute("port1", "port0")).toThrow("port0 carries a default route");
    });
  });
});
