import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Namespace } from "@iopath/lab";
import { describe, expect, it } from "vitest";
import {
  currentNamespace,
  DeviceSettings,
  HeldNamespace,
  inNamespace,
  PrivateMount,
} from "../src/index.ts";

const settingOf = (sysfs: PrivateMount, name: string) =>
  Number(readFileSync(`${sysfs.path}/class/net/lo/${name}`, "utf8"));

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

  it("says what there is no file system of", () => {
    expect(() => new PrivateMount("nonsense")).toThrow("open a nonsense file system: ENODEV");
  });
});

describe("DeviceSettings", () => {
  it("hold until disposed, then are what they were, whatever namespace the thread is in", () => {
    using namespace = new Namespace("settings");
    using sysfs = inNamespace(namespace.name, () => new PrivateMount("sysfs"));
    const settings = inNamespace(namespace.name, () => new DeviceSettings());
    settings.set("lo", "gro_flush_timeout", 100);
    settings.set("lo", "gro_flush_timeout", 200);
    expect(settingOf(sysfs, "gro_flush_timeout")).toBe(200);
    settings[Symbol.dispose]();
    expect(settingOf(sysfs, "gro_flush_timeout")).toBe(0);
  });

  it("say which setting of which device can't be set", () => {
    using settings = new DeviceSettings();
    expect(() => settings.set("lo", "nonsense", 1)).toThrow("set nonsense of lo to 1: ENOENT");
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
