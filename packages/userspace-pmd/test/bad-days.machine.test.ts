import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openForwarder } from "@iopath/contract";
import { describe, expect, it } from "vitest";
import { Device } from "../src/device.ts";
import { waitForPeer } from "../src/devices.ts";
import { startEal } from "../src/eal.ts";
import { userspacePmd } from "../src/index.ts";
import { Pool } from "../src/pool.ts";
import { ports } from "./subject.ts";

const support = userspacePmd.probe("ring", ports);
const program = join(import.meta.dirname, "open-and-wait.ts");

/** Runs the program that opens a variant; what it says, and how it ended. */
function openElsewhere(variant: string, environment: Record<string, string> = {}) {
  const { status, stdout } = spawnSync(process.execPath, [program, variant, "0"], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, ...environment },
  });
  return { status, stdout };
}

function traces(): string[] {
  const folders = ["/var/run/dpdk", "/tmp", "/dev/hugepages"];
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder).filter(
        (name) => name.startsWith("iopath-vhost") || /rtemap/.test(name),
      );
    } catch {
      return [];
    }
  });
}

it("without DPDK, or with one that is known, says so and what to do", () => {
  if (!support.ok) expect(support.remedy).toMatch(/apt-get install/);
  else expect(support).toEqual({ ok: true });
});

if (support.ok)
  describe("on a machine with DPDK", () => {
    it("a device that is not there is refused in words, and others still open", () => {
      const missing = [{ ...ports[0], device: "nosuch0" }, ports[1]] as const;
      const answer = userspacePmd.probe("af-packet", missing);
      expect(answer).toMatchObject({ ok: false, missing: expect.stringContaining("nosuch0") });
      expect(userspacePmd.probe("ring", ports)).toEqual({ ok: true });
    });

    it("a driver that does not exist is refused by name", () => {
      const eal = startEal("ordinary");
      using pool = new Pool(eal, 511);
      expect(() => new Device(eal, { driver: "net_bogus", pool })).toThrow(/net_bogus/);
    });

    it("a pool that can't be had is refused, with what it needs", () => {
      const eal = startEal("ordinary");
      expect(() => new Pool(eal, 2 ** 22 - 1)).toThrow(/make a pool of 4194303 mbufs/);
    });

    it("a memif peer that never comes is given up at the deadline", () => {
      const eal = startEal("ordinary");
      using pool = new Pool(eal, 511);
      const socket = `role=server,socket=iopath-test-${process.pid},socket-abstract=yes`;
      using device = new Device(eal, { driver: "net_memif", arguments: socket, pool });
      expect(() => waitForPeer(device, "memif", 50)).toThrow(/memif peer of .* within 50 ms/);
    });

    it("other pages in the same process are refused, since DPDK starts once", () => {
      startEal("ordinary");
      expect(userspacePmd.probe("null-huge", ports)).toMatchObject({
        ok: false,
        missing: expect.stringContaining("can't start again"),
      });
    });

    it.each(["port0", "0000:ff:1f.7"])("pci refuses %s, which is no PCI port here", (device) => {
      const answer = userspacePmd.probe("pci", [{ ...ports[0], device }, ports[1]]);
      expect(answer).toMatchObject({ ok: false, missing: expect.stringContaining(device) });
    });

    it("null-huge runs in hugepages, or says how to set them aside", () => {
      const { status, stdout } = openElsewhere("null-huge");
      expect(status).toBe(0);
      expect(stdout).toMatch(/^(open|missing: .*)/);
    });

    it("two runs at the same time do not meet", async () => {
      const first = spawn(process.execPath, [program, "ring", "5000"], { stdio: "pipe" });
      try {
        await new Promise((resolve) => first.stdout.once("data", resolve));
        expect(openElsewhere("ring")).toEqual({ status: 0, stdout: "open\nclosed\n" });
      } finally {
        first.kill("SIGKILL");
      }
    });

    it.each(["SIGINT", "SIGKILL"] as const)("leaves nothing behind after %s", async (signal) => {
      const before = traces();
      const child = spawn(process.execPath, [program, "ring", "20000"], { stdio: "pipe" });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
      expect(traces()).toEqual(before);
    });

    it("gives back every mbuf when its tester ends in the middle of a window", () => {
      const forwarder = openForwarder(userspacePmd, "ring", ports, { burst: 64 });
      const { path } = forwarder;
      if (path.kind !== "polled") throw new Error("a ring is polled");
      const tester = path.testers!.verifying();
      tester.send(Array.from({ length: 100 }, () => new Uint8Array(60)));
      tester[Symbol.dispose]();
      forwarder.step(); // 64 of them forwarded, 36 still in the ring
      expect(() => forwarder[Symbol.dispose]()).not.toThrow(); // it throws when an mbuf is lost
    });
  });
