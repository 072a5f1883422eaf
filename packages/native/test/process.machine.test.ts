import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  allowedCpus,
  currentNamespace,
  inNamespace,
  interfaceIndex,
  pinToCpu,
} from "../src/index.ts";

describe("process", () => {
  it("pins the calling thread to one CPU", () => {
    const cpu = allowedCpus().at(-1)!;
    pinToCpu(cpu);
    const status = readFileSync("/proc/thread-self/status", "utf8");
    expect(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]).toBe(String(cpu));
  });

  it("refuses a network namespace that does not exist", () => {
    const before = currentNamespace();
    expect(() => inNamespace("iopath-no-such", () => 1)).toThrow("no network namespace named");
    expect(currentNamespace()).toBe(before);
  });

  it("finds an interface by name, and says when it is missing", () => {
    expect(interfaceIndex("lo")).toBe(1);
    expect(() => interfaceIndex("no-such-device-here")).toThrow("no interface named");
  });
});
