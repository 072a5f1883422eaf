/** No test frame leaves by another interface, on machines that route as container hosts do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Namespace } from "@iopath/lab";
import { AF_INET, inNamespace, raw, SOCK_DGRAM, Socket, scratch } from "@iopath/native";
import { afterAll, beforeAll, expect, it } from "vitest";
import { iopathIn, startIn } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-leaving-"));
/** Two machines, each with an uplink to a third that would take what leaves. */
let host: Namespace;
let tester: Namespace;
let net: Namespace;

beforeAll(() => {
  [host, tester, net] = [new Namespace("host"), new Namespace("bench"), new Namespace("net")];
  for (const { name } of [host, tester, net]) inNamespace(name, route);
  for (const end of [0, 1]) {
    const peer = ["type", "veth", "peer", "name", `t${end}`, "netns", tester.name];
    host.ip("link", "add", `p${end}`, ...peer);
    host.ip("link", "set", `p${end}`, "up");
    tester.ip("link", "set", `t${end}`, "up");
    host.ip("link", "set", `p${end}`, "mtu", "1542");
    tester.ip("link", "set", `t${end}`, "mtu", "1542");
    host.ip("address", "add", `10.9.${end}.1/24`, "dev", `p${end}`);
    tester.ip("address", "add", `10.9.${end}.2/24`, "dev", `t${end}`);
  }
  for (const [i, machine] of [host, tester].entries()) addUplink(machine, i);
});
afterAll(() => {
  for (const namespace of [host, tester, net]) namespace[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** As container hosts have it; without IPv6, whose own frames would be counted. */
function route(): void {
  const set = (path: string, value: string) => writeFileSync(`/proc/sys/net/${path}`, value);
  set("ipv6/conf/default/disable_ipv6", "1");
  for (const name of ["all", "default"]) set(`ipv4/conf/${name}/rp_filter`, "0");
  set("ipv4/ip_forward", "1");
}

/** A default route with a known next hop, so that each routed frame leaves. */
function addUplink(machine: Namespace, i: number): void {
  machine.ip("link", "add", "up0", "type", "veth", "peer", "name", `net${i}`, "netns", net.name);
  machine.ip("link", "set", "up0", "up");
  net.ip("link", "set", `net${i}`, "up");
  machine.ip("address", "add", `192.0.2.${2 + 4 * i}/30`, "dev", "up0");
  const nextHop = `192.0.2.${1 + 4 * i}`;
  const neighbour = [nextHop, "lladdr", "02:aa:00:00:00:01", "dev", "up0", "nud", "permanent"];
  machine.ip("neighbour", "add", ...neighbour);
  machine.ip("route", "add", "default", "via", nextHop);
}

/** Frames that left by the uplinks so far. */
function left(): number {
  return inNamespace(net.name, () =>
    readFileSync("/proc/thread-self/net/dev", "utf8")
      .split("\n")
      .filter((line) => /^\s*net\d:/.test(line))
      .map((line) => Number(line.split(":")[1]!.trim().split(/\s+/)[1]))
      .reduce((sum, count) => sum + count, 0),
  );
}

/** Sends datagrams from a machine, by whatever route it has. */
function sendFrom({ name }: Namespace, address: string): void {
  inNamespace(name, () => {
    using socket = new Socket(AF_INET, SOCK_DGRAM, 0, "socket of the test");
    socket.connectInet(address, 9);
    for (let i = 0; i < 10; i++) raw.sendto(socket.fd, scratch().address, 16, 0, 0, 0);
  });
}

const ends = () => ["--ports", "p0,p1", "--tester", "t0,t1", "--tester-namespace", tester.name];
const small = ["--frame-bytes", "64", "--window", "16", "--samples", "50", "--rounds", "1"];

it("would be noticed: routed frames are counted", () => {
  const before = left();
  sendFrom(host, "203.0.113.9");
  expect(left()).toBeGreaterThan(before);
});

it.each([
  ["kernel-sockets", "packet-mmsg"],
  ["kernel-sockets", "packet-ring-v3"],
  ["kernel-sockets", "io-uring"],
  ["kernel-sockets", "udp-mmsg"],
  ["kernel-sockets", "ip-forward"],
  ["xdp", "native"],
  ["xdp", "af-xdp"],
  ["xdp", "tc"],
  ["userspace-pmd", "af-packet"],
])("holds for %s/%s, verified and measured", async (path, variant) => {
  const before = left();
  const out = join(folder, `${path}-${variant}`);
  const way = ["--path", path, "--variant", variant];
  const ended = await iopathIn(host.name, "run", ...ends(), ...way, ...small, "--out", out);
  const [row] = readRows(out);
  expect(row).toMatchObject({ status: "measured", reason: "" });
  expect(left() - before).toBe(0);
  const note = "the kernel routes what comes in by p0, test frames by up0: they are kept from it";
  expect(ended.complaint).toContain(note);
  expect(row!.notes).toContain(note);
});

it("holds while frames are forwarded for a tester elsewhere", async () => {
  const before = left();
  const way = ["--path", "kernel-sockets", "--variant", "packet-mmsg"];
  const hop = ["--tester", "none", "--next-hop", "02:aa:00:00:00:09"];
  const { child, ended } = startIn(host.name, "run", "--ports", "p0,p1", ...hop, ...way);
  await new Promise<void>((done) => {
    child.stdout!.on("data", (text: Buffer) => text.includes("until SIGINT") && done());
  });
  // The tester asks for the port's address by ARP, which still is answered.
  tester.ip("route", "add", "198.19.0.0/16", "via", "10.9.0.1", "dev", "t0");
  sendFrom(tester, "198.19.0.1");
  await sleep(1500);
  child.kill("SIGINT");
  const { out, status } = await ended;
  expect(status).toBe(0);
  expect(out).toMatch(/in all {2}received [1-9]/);
  expect(left() - before).toBe(0);
});
