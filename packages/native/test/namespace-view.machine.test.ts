import { existsSync, readdirSync } from "node:fs";
import { Namespace } from "@iopath/lab";
import { describe, expect, it } from "vitest";
import {
  currentNamespace,
  driverOfDevice,
  HeldNamespace,
  inNamespace,
  PrivateMount,
  readDeviceSetting,
  writeDeviceSetting,
} from "../src/index.ts";

describe("PrivateMount", () => {
  it("shows the devices of the namespace that it was made in, and is gone when disposed", () => {
    using namespace = new Namespace("view");
    const sysfs = inNamespace(namespace.name, () => new PrivateMount("sysfs"));
    expect(readdirSync(`${sysfs.path}/class/net`)).toContain("lo");
    expect(readdirSync(`${sysfs.path}/class/net`)).not.toContain("eth0");
    const { path } = sysfs;
    sysfs[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
  });

  it("names the file system that can't be mounted", () => {
    expect(() => new PrivateMount("nonsense")).toThrow("open a nonsense file system: ENODEV");
  });
});

describe("a device's setting", () => {
  it("is that of the device in the thread's namespace", () => {
    using namespace = new Namespace("settings");
    inNamespace(namespace.name, () => writeDeviceSetting("lo", "gro_flush_timeout", "200"));
    const inside = inNamespace(namespace.name, () => readDeviceSetting("lo", "gro_flush_timeout"));
    expect([inside, readDeviceSetting("lo", "gro_flush_timeout")]).toEqual(["200", "0"]);
  });

  it("that can't be set is named, with its device", () => {
    const set = () => writeDeviceSetting("lo", "nonsense", "1");
    expect(set).toThrow("set nonsense of lo to 1: ENOENT");
  });
});

describe("a device's driver", () => {
  it("has the kernel's name, and is absent where a device has none", () => {
    using namespace = new Namespace("driver");
    namespace.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
    const drivers = inNamespace(namespace.name, () => ["v0", "lo"].map(driverOfDevice));
    expect(drivers).toEqual(["veth", undefined]);
  });
});

describe("HeldNamespace", () => {
  it("can be entered after the thread has left it, and is left again", () => {
    using namespace = new Namespace("held");
    const home = currentNamespace();
    const [held, inside] = inNamespace(namespace.name, () => {
      return [new HeldNamespace(), currentNamespace()] as const;
    });
    using _held = held;
    expect(held.within(currentNamespace)).toBe(inside);
    expect(currentNamespace()).toBe(home);
  });
});
