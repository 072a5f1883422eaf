/** Interfaces of the user's that are accepted, and the notes about them. */
import { spawnSync } from "node:child_process";
import { inNamespace } from "@iopath/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findTestbed, Namespace, portFaults, run } from "../src/index.ts";
import { UserPorts } from "./user-ports.ts";

let user: UserPorts;
beforeAll(() => {
  user = new UserPorts();
});
afterEach(() => user.undo());
afterAll(() => user[Symbol.dispose]());

describe("ports without other traffic", () => {
  it("are accepted without a note, whatever other interfaces carry", () => {
    expect(user.ask()).toEqual({ status: 0, said: "", notes: [] });
    const testbed = inNamespace(user.host.name, () => findTestbed(user.both()));
    expect(testbed).toMatchObject({
      shared: true,
      class: "virtual",
      testerNamespace: user.tester.name,
    });
    expect(inNamespace(user.host.name, () => portFaults(testbed))).toEqual([]);
  });

  it("are found by an alternative name, and then called by the kernel's", () => {
    const long = "a-port-with-a-rather-long-name";
    user.change(
      `link property add dev p1 altname ${long}`,
      `link property del dev p1 altname ${long}`,
    );
    const found = inNamespace(user.host.name, () =>
      findTestbed({ ...user.both(), ports: ["p0", long] }),
    );
    expect(found.ports.map(({ device }) => device)).toEqual(["p0", "p1"]);
    expect(user.ask({ ports: [long, "p1"] })).toMatchObject({
      status: 3,
      said: expect.stringContaining("p1 is named twice"),
    });
  });
});

describe("a note tells the reader of the figures about", () => {
  it("a port that the kernel routes, and where it would send test frames", () => {
    for (const name of ["all", "p0"]) user.setSysctl(`ipv4/conf/${name}/rp_filter`, "0");
    user.setSysctl("ipv4/conf/p0/forwarding", "1");
    user.later(() => user.setSysctl("ipv4/conf/p0/forwarding", "0"));
    expect(user.ask().notes).toEqual([
      expect.stringMatching(/routes what comes in by p0.* by up0:/),
    ]);
  });

  it("MTUs that differ, and one that keeps native XDP away", () => {
    user.change("link set p0 mtu 9000", "link set p0 mtu 1500");
    const [differ, native] = user.ask().notes;
    expect(differ).toMatch(/^the MTUs differ: p0 9000, p1 1500, t0 in network namespace/);
    expect(native).toMatch(/^an MTU above 3000 keeps native XDP off most drivers/);
  });

  it("an MTU that is too small for frames in datagrams", () => {
    const [note] = user.ask({}, { usesUdp: true }).notes;
    expect(note).toContain("UDP variants need MTU 1542 at all ends, and are skipped: p0 1500");
  });

  it("more queues than workers take", () => {
    const queues = ["numtxqueues", "3", "numrxqueues", "3"];
    const peer = ["type", "veth", "peer", "name", "q1", ...queues];
    user.host.ip("link", "add", "q0", ...queues, ...peer);
    user.later(() => user.host.ip("link", "delete", "q0"));
    for (const name of ["q0", "q1"]) user.host.ip("link", "set", name, "up");
    const none = { ports: ["q0", "q1"], tester: "none", nextHop: "02:aa:00:00:00:09" } as const;
    expect(user.ask(none).notes).toEqual([
      expect.stringMatching(/^q0 has 3 receive queues for one worker.*`ethtool -L q0 combined 1`/),
    ]);
    expect(user.ask(none, { workers: 3 }).notes).toEqual([]);
  });

  it("interfaces on top of a port", () => {
    user.change("link add mv0 link p1 type macvlan", "link delete mv0");
    expect(user.ask().notes).toEqual(["mv0 on p1 get no frames meanwhile"]);
  });

  it("queueing disciplines that a user set", () => {
    inNamespace(user.host.name, () =>
      run("tc", [
        "qdisc",
        "add",
        "dev",
        "p1",
        "root",
        "tbf",
        "rate",
        "1gbit",
        "burst",
        "1mb",
        "latency",
        "1ms",
      ]),
    );
    user.later(() => {
      inNamespace(user.host.name, () => run("tc", ["qdisc", "delete", "dev", "p1", "root"]));
    });
    expect(user.ask().notes).toEqual(["p1 has the queueing discipline tbf"]);
  });
});

it("nothing besides, among thousands of other interfaces", () => {
  using crowd = new Namespace("crowd");
  const count = 1500;
  const lines = Array.from(
    { length: count },
    (_, i) => `link add a-crowd-${i} type veth peer name b-crowd-${i}`,
  );
  const options = ["-n", crowd.name, "-batch", "-"];
  const { status, stderr } = spawnSync("ip", options, {
    input: lines.join("\n"),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const text = crowd.ip("-details", "-json", "address", "show");
  expect((JSON.parse(text) as unknown[]).length).toBe(2 * count + 1);
  expect(text.length).toBeGreaterThan(1 << 20);
});
