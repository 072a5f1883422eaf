import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { openVerifyingTester } from "@iopath/harness/testers";
import { findPorts, findTestbed, ip, Namespace, namespaceNames } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { iopathFile, iopathIn, start, startIn } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-ports-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two wires whose four ends are in one namespace: interfaces that iopath did not make. */
let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("ports");
  inNamespace(namespace.name, () => writeFileSync("/proc/sys/net/ipv4/ip_forward", "0"));
  for (const end of [0, 1]) {
    namespace.ip("link", "add", `wire${end}`, "type", "veth", "peer", "name", `card${end}`);
    for (const name of [`wire${end}`, `card${end}`]) namespace.ip("link", "set", name, "up");
    namespace.ip("address", "add", `10.9.${end}.1/24`, "dev", `card${end}`);
  }
});
afterAll(() => namespace[Symbol.dispose]());

const ports = ["--ports", "card0,card1"];
const tester = ["--tester", "wire0,wire1"];
const small = ["--frame-bytes", "64", "--window", "16", "--samples", "50", "--rounds", "1"];

/** Looks again and again: a busy machine takes its time. */
const until = (what: () => boolean) => vi.waitUntil(what, { timeout: 300_000, interval: 20 });

describe("a run between interfaces that are there", () => {
  it("measures, and names place and class", async () => {
    const out = join(folder, "run");
    const ways = ["--path", "tester-only,kernel-sockets,xdp"];
    const variants = ["--variant", "direct,packet-mmsg,udp-mmsg,native,af-xdp"];
    const args = ["run", ...ports, ...tester, ...ways, ...variants, ...small, "--out", out];
    const ended = await iopathIn(namespace.name, ...args);
    expect(ended.complaint).not.toContain("failed");
    expect(ended.status).toBe(0);
    const rows = readRows(out);
    for (const row of rows) {
      expect(row).toMatchObject({ place: "hardware", class: "virtual" });
      expect(row.status).toBe(row.variant === "udp-mmsg" ? "skipped" : "measured");
    }
    expect(rows.length).toBe(5);
    expect(rows.find(({ variant }) => variant === "udp-mmsg")!.reason).toContain(
      "--tester-namespace",
    );
    const links = namespace.ip("-details", "link", "show");
    expect(links).not.toContain("xdp");
  });

  it("is refused where one carries the default route, unless forced", async () => {
    namespace.ip("route", "add", "default", "via", "10.9.1.2", "dev", "card1");
    try {
      const args = ["run", ...ports, ...tester, "--path", "tester-only", ...small];
      const refused = await iopathIn(namespace.name, ...args, "--out", join(folder, "refused"));
      expect(refused.complaint).toContain("card1 carries a default route");
      expect(refused.status).toBe(8);
      const forced = ["--force", "--out", join(folder, "forced")];
      const ended = await iopathIn(namespace.name, ...args, ...forced);
      expect(ended.status).toBe(0);
    } finally {
      namespace.ip("route", "delete", "default");
    }
  });

  it.each([
    ["an interface that does not exist", ["--ports", "card0,card7", ...tester], 8, /named card7/],
    ["ports without a tester", ports, 3, /needs --tester/],
    [
      "a tester without ports",
      tester,
      3,
      /--tester wire0,wire1 has an effect only with --ports or --pf/,
    ],
    ["three ports", ["--ports", "a,b,c", ...tester], 3, /two interfaces each/],
    ["one port twice", ["--ports", "card0,card0", ...tester], 3, /card0 is named twice/],
    ["several variants at once", [...ports, "--tester", "none"], 3, /forwards by one variant/],
    [
      "an unknown next hop",
      [...ports, "--tester", "none", "--path", "xdp", "--variant", "native"],
      3,
      /next hop unknown: card1 knows 0 neighbours/,
    ],
  ])("ends with one message for %s", async (_what, args, status, message) => {
    const out = join(folder, "bad");
    const ended = await iopathIn(namespace.name, "run", "--out", out, ...args);
    expect(ended.complaint).toMatch(message);
    expect(ended.complaint).not.toMatch(/\n\s+at /);
    expect(ended.status).toBe(status);
  });
});

describe("next hops", () => {
  it("are found in the neighbour table by their address", () => {
    const neighbor = ["10.9.1.5", "lladdr", "02:aa:00:00:00:05", "dev", "card1"];
    namespace.ip("neighbour", "add", ...neighbor, "nud", "permanent");
    const found = inNamespace(namespace.name, () =>
      findPorts({ ports: ["card0", "card1"], tester: "none", nextHop: "10.9.1.5" }),
    );
    namespace.ip("neighbour", "delete", ...neighbor.slice(0, 1), "dev", "card1");
    expect(found.ports[1].neighbor).toMatchObject({ mac: "02:aa:00:00:00:05", ipv4: "10.9.1.5" });
  });
});

/** Most of the random frames: IPv4 from 198/8. The kernel's own are from elsewhere. */
const isOfTest = (frame: Uint8Array) => frame[26] === 198 && frame[12] === 8;

describe("--tester none", () => {
  it("forwards until SIGINT, shows counters every second and restores the ports", async () => {
    const hop = "02:aa:00:00:00:09";
    const args = ["run", ...ports, "--tester", "none", "--next-hop", hop];
    const way = ["--path", "kernel-sockets", "--variant", "packet-mmsg"];
    const out = join(folder, "forward");
    const { child, ended } = startIn(namespace.name, ...args, ...way, "--out", out);
    let said = "";
    child.stdout!.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await until(() => said.includes("until SIGINT"));
    inNamespace(namespace.name, () => {
      const testbed = findTestbed({ ports: ["card0", "card1"], tester: ["wire0", "wire1"] });
      using open = openVerifyingTester(testbed, "ethernet");
      const next = ipv4Forward.randomFrames(7, {
        destinationMac: testbed.ports[0].mac,
        sourceMac: testbed.wires[0].mac,
      });
      const frames = Array.from({ length: 200 }, () => next().frame);
      const wanted = frames
        .map((frame) =>
          ipv4Forward.reference(frame, { destinationMac: hop, sourceMac: testbed.ports[1].mac }),
        )
        .flatMap((outcome) => (outcome.forwarded ? [Buffer.from(outcome.frame)] : []))
        .filter(isOfTest);
      open.send(frames);
      const came: Buffer[] = [];
      const giveUpAt = performance.now() + 120_000;
      while (came.length < wanted.length && performance.now() < giveUpAt) {
        const copies = open.collect().map((frame) => Buffer.from(frame));
        came.push(...copies.filter(isOfTest));
      }
      expect(came.length).toBe(wanted.length);
      expect(came.every((frame, i) => frame.equals(wanted[i]!))).toBe(true);
    });
    await until(() => /frames\/s {2}received 2\d\d/.test(said));
    child.kill("SIGINT");
    const { status, complaint, out: printed } = await ended;
    expect(complaint).toBe("");
    expect(status).toBe(0);
    const log = readFileSync(join(out, "counters.jsonl"), "utf8").trimEnd().split("\n");
    expect(JSON.parse(log.at(-1)!).received).toBeGreaterThanOrEqual(200);
    expect(printed).toMatch(/in all {2}received 2\d\d {2}sent \d+ {2}unsent 0 {2}dropped \d+ \(/);
  });

  it.each([
    ["SIGHUP", 129, (child: ChildProcess) => child.kill("SIGHUP")],
    ["a reader that goes away", 0, (child: ChildProcess) => child.stdout!.destroy()],
  ])("ends tidily by %s", async (_what, expected, end) => {
    const forwarding = () =>
      inNamespace(namespace.name, () =>
        readFileSync("/proc/sys/net/ipv4/conf/card0/forwarding", "utf8"),
      );
    const before = forwarding();
    const args = ["run", ...ports, "--tester", "none", "--next-hop", "02:aa:00:00:00:09"];
    const way = ["--path", "kernel-sockets", "--variant", "ip-forward"];
    const child = spawn("ip", ["netns", "exec", namespace.name, iopathFile, ...args, ...way]);
    const complaint = text(child.stderr);
    const ended = once(child, "close");
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until(() => said.includes("until SIGINT"));
    expect(forwarding()).not.toBe(before);
    end(child);
    expect({ status: (await ended)[0], complaint: await complaint }).toEqual({
      status: expected,
      complaint: "",
    });
    expect(forwarding()).toBe(before);
  });

  it("ends when a port vanishes, and says so", async () => {
    namespace.ip("link", "add", "gone0", "type", "veth", "peer", "name", "gone1");
    for (const name of ["gone0", "gone1"]) namespace.ip("link", "set", name, "up");
    const args = ["run", "--ports", "gone0,card1", "--tester", "none"];
    const hop = ["--next-hop", "02:aa:00:00:00:09"];
    const way = ["--path", "kernel-sockets", "--variant", "packet-mmsg"];
    const { child, ended } = startIn(namespace.name, ...args, ...hop, ...way);
    let said = "";
    child.stdout!.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await until(() => said.includes("until SIGINT"));
    namespace.ip("link", "delete", "gone0");
    const { status, complaint } = await ended;
    expect(complaint).toContain("no interface named gone0");
    expect(status).toBe(8);
  });
});

describe("a port that fails in mid-launch", () => {
  /** Some seconds of turns. */
  const longLaunch = {
    paths: { "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
    ...{ frameBytes: [64], windows: [64], rounds: 1, turns: 1500 },
  };
  /** In which variants are probed and verified. */
  const ownLabs = 1;
  const numberAtEnd = (name: string) => Number(/\d+$/.exec(name)![0]);

  it.each([
    ["goes down", "forwarder", ["link", "set", "port1", "down"], /interface port1 is down/],
    ["vanishes", "forwarder", ["link", "delete", "port1"], /interface port1 is gone/],
    [
      "loses its link",
      "tester",
      ["link", "set", "tester1", "down"],
      /port1 has no carrier.*tester1 is down/,
    ],
  ])(
    "and %s fails its cell with the reason, the next unharmed",
    async (what, whose, command, reason) => {
      const out = join(folder, what);
      const config = join(folder, "long.ts");
      writeFileSync(config, `export default ${JSON.stringify(longLaunch)};`);
      const { child, ended } = start("run", "--config", config, "--out", out);
      const labs = () =>
        namespaceNames()
          .filter((name) => new RegExp(`^iopath-${child.pid}-.*-${whose}`).test(name))
          .sort((a, b) => numberAtEnd(a) - numberAtEnd(b));
      // Those of both cells and of the reference's twin are made last.
      await until(() => labs().length >= 3 + ownLabs);
      await sleep(2500);
      const namespace = labs().at(-3)!;
      ip("-n", namespace, ...command);
      const { status } = await ended;
      expect(status).toBe(1);
      const [broken, next] = readRows(out);
      expect(broken).toMatchObject({ status: "failed" });
      expect(broken!.reason).toMatch(reason);
      expect(next).toMatchObject({ status: "measured" });
    },
  );
});
