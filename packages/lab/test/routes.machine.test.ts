/** Which way the kernel would send a packet, and that a failed query is an error. */
import { writeFileSync } from "node:fs";
import { inNamespace } from "@iopath/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deviceTowards, Namespace, strayDevices, wherePassedOn } from "../src/index.ts";
import { FakePrograms } from "./fake-programs.ts";
import { runCode } from "./run-code.ts";

const range = "198.18.0.0/15";
let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("routes");
  namespace.ip("link", "add", "in0", "type", "veth", "peer", "name", "out0");
  for (const name of ["in0", "out0"]) namespace.ip("link", "set", name, "up");
  namespace.ip("address", "add", "192.0.2.1/24", "dev", "out0");
  set("ipv4/ip_forward", "1");
});
afterAll(() => namespace[Symbol.dispose]());

function set(path: string, value: string): void {
  inNamespace(namespace.name, () => writeFileSync(`/proc/sys/net/${path}`, value));
}

const answers = () =>
  inNamespace(namespace.name, () => [
    deviceTowards("198.19.0.1"),
    wherePassedOn("in0"),
    strayDevices(["in0", "in0"]),
  ]);

describe("a test frame leads nowhere where", () => {
  it("there is no route", () => expect(answers()).toEqual([undefined, undefined, []]));

  it.each(["unreachable", "blackhole", "prohibit", "throw"])("the route says %s", (type) => {
    namespace.ip("route", "add", type, range);
    expect(answers()).toEqual([undefined, undefined, []]);
    namespace.ip("route", "delete", type, range);
  });

  it("the kernel takes none from its source", () => {
    namespace.ip("route", "add", "198.19.0.0/16", "via", "192.0.2.2", "dev", "out0");
    set("ipv4/conf/all/rp_filter", "1");
    expect(answers()).toEqual(["out0", undefined, []]);
    set("ipv4/conf/all/rp_filter", "0");
    namespace.ip("route", "delete", "198.19.0.0/16");
  });
});

describe("a test frame leads", () => {
  it("where its route says", () => {
    namespace.ip("route", "add", range, "via", "192.0.2.2", "dev", "out0");
    set("ipv4/conf/all/rp_filter", "0");
    set("ipv4/conf/in0/rp_filter", "0");
    expect(answers()).toEqual(["out0", "out0", ["out0"]]);
    namespace.ip("route", "delete", range);
  });
});

describe("an ip(8) that fails", () => {
  it.each([
    ["Cannot open netlink socket: Too many open files", 1],
    ["RTNETLINK answers: Cannot allocate memory", 2],
    ["Dump terminated", 1],
  ])("is reported, and not taken for a missing route: %s", (words, status) => {
    using programs = new FakePrograms({ ip: `echo "${words}" >&2; exit ${status}` });
    const questions = `[
      () => lab.deviceTowards("198.19.0.1"),
      () => lab.wherePassedOn("lo"),
      () => lab.strayDevices(["lo", "lo"]),
      () => lab.carrierOfDefaultRoute(["lo"]),
    ]`;
    const said = runCode(
      `for (const ask of ${questions}) try { console.log(ask()); } catch (error) { console.log(error.message); }`,
      [],
      programs.environment,
    ).split("\n");
    expect(said).toHaveLength(4);
    for (const line of said) expect(line).toMatch(new RegExp(`^\`ip .*\` failed: ${words}$`));
  });
});
