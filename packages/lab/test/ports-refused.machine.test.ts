/** Interfaces of the user's that are refused: one error has all reasons, each with its remedy. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  Assembler,
  asm,
  bpf,
  inNamespace,
  TcxLink,
  TrafficControlProgram,
  XdpProgram,
} from "@iopath/native";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { attachXdpProgram, findEnds, type Namespace, run } from "../src/index.ts";
import { UserPorts } from "./user-ports.ts";

let user: UserPorts;
beforeAll(() => {
  user = new UserPorts();
});
afterEach(() => user.undo());
afterAll(() => user[Symbol.dispose]());

describe("a default route over a port is refused", () => {
  const add = (route: string) => user.change(`route add ${route}`, `route delete ${route}`);

  it.each([
    [
      "in the main table",
      () => add("default via 198.51.100.1 dev p0 metric 5"),
      /^p0 carries a de/,
    ],
    [
      "as the second of several next hops",
      () => add("default metric 5 nexthop via 192.0.2.1 dev up0 nexthop via 198.51.100.1 dev p0"),
      /^p0 carries a default route;/,
    ],
    [
      "in another table, to which a rule leads",
      () => {
        add("default via 198.51.100.1 dev p0 table 100");
        user.change("rule add from 192.0.2.2 lookup 100", "rule delete from 192.0.2.2 lookup 100");
      },
      /^p0 carries a default route \(IPv4 default, table 100\)/,
    ],
    [
      "as a next hop object in a group, which routes name by number alone",
      () => {
        user.change("nexthop add id 5 via 198.51.100.1 dev p0", "nexthop delete id 5");
        user.change("nexthop add id 6 via 192.0.2.1 dev up0", "nexthop delete id 6");
        user.change("nexthop add id 7 group 5/6", "nexthop delete id 7");
        user.setSysctl("ipv4/nexthop_compat_mode", "0");
        user.change("route add default metric 5 nhid 7", "route delete default metric 5");
      },
      /^p0 carries a default route;/,
    ],
    [
      "as two halves of all addresses, as VPNs have it",
      () => {
        add("0.0.0.0/1 via 198.51.100.1 dev p0");
        add("128.0.0.0/1 via 198.51.100.1 dev p0");
      },
      /p0 carries a default route \(IPv4 128\.0\.0\.0\/1, table main\)/,
    ],
    [
      "of IPv6",
      () => user.change("-6 route add default dev p1", "-6 route delete default dev p1"),
      /^p1 carries a default route;/,
    ],
    [
      "by an interface that stands on it",
      () => {
        user.change("link add mv0 link p0 type macvlan", "link delete mv0");
        user.host.ip("link", "set", "mv0", "up");
        user.host.ip("address", "add", "203.0.113.2/24", "dev", "mv0");
        user.host.ip("route", "add", "default", "via", "203.0.113.1", "dev", "mv0", "metric", "5");
      },
      /^p0 carries a default route by mv0, which stands on it/,
    ],
  ])("%s", (_what, make, words) => {
    make();
    expect(user.ask()).toMatchObject({ status: 8, said: expect.stringMatching(words) });
    expect(user.ask({ tester: "none", nextHop: "02:aa:00:00:00:09" }).status).toBe(8);
    const forced = user.ask({ force: true });
    expect(forced.status).toBe(0);
    expect(forced.notes[0]).toMatch(/^--force, though p[01] carries a default route/);
  });

  it("unless no rule leads to its table, which is noted", () => {
    add("default via 198.51.100.1 dev p0 table 100");
    expect(user.ask()).toMatchObject({
      status: 0,
      notes: ["p0 carries a default route (IPv4 default, table 100), to which no rule leads"],
    });
  });

  it("of the tester's interfaces too", () => {
    user.tester.ip("route", "add", "default", "dev", "t1");
    user.later(() => user.tester.ip("route", "delete", "default"));
    expect(user.ask().said).toContain(
      `t1 in network namespace ${user.tester.name} carries a default route`,
    );
  });
});

describe("a port that others use is refused", () => {
  it("as a port of a bridge, which would flood its frames", () => {
    user.change("link add br0 type bridge", "link delete br0");
    user.change("link set p0 master br0", "link set p0 nomaster");
    const { status, said } = user.ask();
    expect(status).toBe(8);
    expect(said).toMatch(/^p0 is a port of br0, .*\n`ip link set dev p0 nomaster`/);
  });

  it("with an XDP program, which is named", () => {
    const pass = new Assembler().immediate("move", asm.r0, bpf.XDP_PASS).exit();
    using program = new XdpProgram("others", pass);
    using _link = inNamespace(user.host.name, () => attachXdpProgram(program, "p1", "native"));
    const { status, said } = user.ask();
    expect(status).toBe(8);
    expect(said).toMatch(/^p1 has an XDP program of somebody else's: id \d+\n/);
  });

  it("with programs of traffic control, at both hooks", () => {
    const pass = new Assembler().immediate("move", asm.r0, bpf.TC_ACT_UNSPEC).exit();
    using program = new TrafficControlProgram("others", pass);
    using _link = inNamespace(user.host.name, () => new TcxLink(program, "p0"));
    inNamespace(user.host.name, () => {
      run("tc", ["qdisc", "add", "dev", "p1", "clsact"]);
      const filter = ["filter", "add", "dev", "p1", "egress", "protocol", "ip"];
      run("tc", [...filter, "u32", "match", "u32", "0", "0", "classid", "1:1"]);
    });
    user.later(() => {
      inNamespace(user.host.name, () => run("tc", ["qdisc", "delete", "dev", "p1", "clsact"]));
    });
    const { status, said } = user.ask();
    expect(status).toBe(8);
    expect(said).toMatch(/p0 has tcx program \d+ at ingress/);
    expect(said).toMatch(/p1 has a tc filter \(u32\) at egress/);
  });

  it("whose address a TCP connection uses, unless the machine connects to itself", async () => {
    user.tester.ip("address", "add", "198.51.100.1/24", "dev", "t0");
    user.later(() => user.tester.ip("address", "delete", "198.51.100.1/24", "dev", "t0"));
    /** A process in a namespace, once it says that it is ready. */
    const start = async (namespace: Namespace, code: string) => {
      const program = `const net = require("node:net"); const ready = () => console.log("ready"); ${code}`;
      const args = ["netns", "exec", namespace.name, process.execPath, "--eval", program];
      const child = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit"] });
      user.later(() => child.kill());
      await once(child.stdout, "data");
    };
    const listen = (address: string) => `net.createServer().listen(7001, "${address}", ready)`;
    const link = (address: string) => `net.connect(7001, "${address}", ready)`;
    await start(user.host, listen("198.51.100.2"));
    await start(user.host, link("198.51.100.2"));
    expect(user.ask().status).toBe(0);
    await start(user.tester, listen("198.51.100.1"));
    await start(user.host, link("198.51.100.1"));
    const { status, said } = user.ask();
    expect(status).toBe(8);
    expect(said).toMatch(/TCP connections of this machine go by p0: 1$/m);
  });
});

describe("a port that can't carry frames is refused, forced or not", () => {
  const down = (namespace: Namespace, name: string) => {
    namespace.ip("link", "set", name, "down");
    user.later(() => namespace.ip("link", "set", name, "up"));
  };

  it.each([
    ["is down", () => down(user.host, "p1"), /^interface p1 is down\n`ip link set dev p1 up`$/],
    ["has no carrier", () => down(user.tester, "t0"), /interface p0 has no carrier/],
  ])("as it %s", (_what, make, words) => {
    make();
    const none = { tester: "none", nextHop: "02:aa:00:00:00:09" } as const;
    expect(user.ask(none)).toMatchObject({ status: 8, said: expect.stringMatching(words) });
    expect(user.ask({ ...none, force: true }).status).toBe(8);
  });

  it("as its MTU is too small for the frames that are asked for", () => {
    user.change("link set p1 mtu 1400", "link set p1 mtu 1500");
    expect(user.ask({}, { frameBytesMax: 64 }).status).toBe(0);
    const { status, said } = user.ask({}, { frameBytesMax: 1518 });
    expect(status).toBe(8);
    expect(said).toContain("p1 has MTU 1400, and frames of 1518 bytes need 1500");
    expect(said).toContain("`ip link set dev p1 mtu 1500`");
  });

  it("as it is no Ethernet or not there, with the command that lists interfaces", () => {
    expect(user.ask({ ports: ["lo", "p1"] }).said).toContain("lo is no Ethernet interface");
    expect(user.ask({ ports: ["p0", "p7"] }).said).toBe(
      "there is no interface named p7 here\n`ip link` lists the interfaces",
    );
    expect(user.ask({ tester: ["t0", "t9"] }).said).toContain(
      `\`ip -n ${user.tester.name} link\` lists`,
    );
  });
});

it("one error has all reasons, each with its remedy", () => {
  user.change("link add br0 type bridge", "link delete br0");
  user.change("link set p0 master br0", "link set p0 nomaster");
  user.host.ip("link", "set", "p1", "down");
  user.later(() => user.host.ip("link", "set", "p1", "up"));
  const { said } = user.ask({ ports: ["p0", "p1"], tester: ["t0", "t8"] });
  expect(said).toContain("things keep these interfaces from being used");
  for (const what of ["p0 is a port of br0", "interface p1 is down", "no interface named t8"]) {
    expect(said).toContain(what);
  }
  expect(said.match(/`ip [^`]*`/g)!.length).toBeGreaterThanOrEqual(3);
});

describe("ends of wires that are named alone", () => {
  it("are checked as ports are", () => {
    const [, wire] = findEnds(user.tester.name, ["t0", "t1"]);
    expect(wire.device).toBe("t1");
    expect(() => findEnds(user.tester.name, ["t0", "t7"])).toThrow("no interface named t7");
  });
});
