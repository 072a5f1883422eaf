/** Ports whose drivers refuse an XDP program: what still runs there, and the messages. */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { attachXdpProgram, Namespace } from "@iopath/lab";
import { Assembler, asm, bpf, inNamespace, writeDeviceSetting, XdpProgram } from "@iopath/native";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { iopathIn } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-unusual-"));
let namespace: Namespace;
const ends = ["card0", "card1", "wire0", "wire1"] as const;

beforeAll(() => {
  namespace = new Namespace("unusual");
  const queues = ["numtxqueues", "3", "numrxqueues", "3"];
  for (const end of [0, 1]) {
    const peer = ["type", "veth", "peer", "name", `card${end}`, ...queues];
    namespace.ip("link", "add", `wire${end}`, ...queues, ...peer);
  }
  for (const name of ends) namespace.ip("link", "set", name, "up");
});
afterAll(() => {
  namespace[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function run(name: string, variants: string, ...more: string[]) {
  const out = join(folder, name);
  const ended = await iopathIn(
    namespace.name,
    ...["run", "--ports", "card0,card1", "--tester", "wire0,wire1", "--out", out],
    ...["--path", "kernel-sockets,xdp", "--variant", variants, "--frame-bytes", "64,1518"],
    ...["--window", "16", "--samples", "20", "--rounds", "1", ...more],
  );
  return { ...ended, rows: readRows(out) };
}

describe("ports with an MTU of 9000", () => {
  beforeAll(() => {
    for (const name of ends) namespace.ip("link", "set", name, "mtu", "9000");
  });
  afterAll(() => {
    for (const name of ends) namespace.ip("link", "set", name, "mtu", "1500");
  });

  it("are measured by a generic program, with one note; native ones are skipped", async () => {
    const { rows, complaint, status } = await run("mtu", "packet-mmsg,native,generic");
    expect(status).toBe(0);
    const by = Object.groupBy(rows, ({ variant }) => variant);
    expect(by["packet-mmsg"]!.map((row) => row.status)).toEqual(["measured", "measured"]);
    expect(by.generic!.map((row) => row.status)).toEqual(["measured", "measured"]);
    for (const row of by.native!) {
      expect(row.status).toBe("skipped");
      expect(row.reason).toContain("to card0: ERANGE; the MTU of card0 is 9000");
      expect(row.reason).toContain("mtu 1500");
    }
    const counted = /counted by generic XDP on wire1: .* ERANGE; the MTU of wire1 is 9000/g;
    expect(complaint.match(counted)?.length).toBe(1);
  });
});

describe("a tester's port that already has an XDP program", () => {
  it("keeps that program, and the message names it", async () => {
    const pass = new Assembler().immediate("move", asm.r0, bpf.XDP_PASS).exit();
    using others = new XdpProgram("others", pass);
    using _link = inNamespace(namespace.name, () => attachXdpProgram(others, "wire1", "native"));
    const refused = await iopathIn(
      namespace.name,
      ...["run", "--ports", "card0,card1", "--tester", "wire0,wire1", "--path", "tester-only"],
    );
    expect(refused.status).toBe(8);
    expect(refused.complaint).toMatch(/wire1 has an XDP program of somebody else's: id \d+/);
    const { rows, status, complaint } = await run("program", "packet-mmsg,native", "--force");
    expect(status).toBe(1);
    expect(complaint).toMatch(/--force, though wire1 has an XDP program of somebody else's/);
    for (const row of rows) {
      expect(row.status).toBe("failed");
      expect(row.reason).toMatch(/EBUSY; wire1 has an XDP program already: id \d+ \(native\)/);
    }
  });
});

describe("a port with more queues than a forwarder takes frames from", () => {
  it("is named when frames are missing", async () => {
    inNamespace(namespace.name, () => {
      const all = ((1 << Math.min(cpus().length, 31)) - 1).toString(16);
      writeDeviceSetting("wire0", "queues/tx-1/xps_cpus", all);
    });
    const { rows, status } = await run("queues", "packet-mmsg,af-xdp");
    expect(status).toBe(1);
    for (const row of rows) {
      if (row.variant === "packet-mmsg") expect(row.status).toBe("measured");
      else {
        expect(row.reason).toMatch(/lost of \d+ frames: .*; card0 has 3 receive queues/);
        expect(row.reason).toContain("takes frames from queue 0 alone");
      }
    }
  });
});
