/** How it ends: interrupted, killed, or with its peer gone in the middle. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { openForwarder } from "@iopath/contract";
import { Namespace } from "@iopath/lab";
import { ipv4Forward } from "@iopath/workloads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Device } from "../src/device.ts";
import { waitForPeer } from "../src/devices.ts";
import { startEal } from "../src/eal.ts";
import { userspacePmd } from "../src/index.ts";
import { MbufList } from "../src/mbuf-list.ts";
import { Pool } from "../src/pool.ts";
import { ports } from "./subject.ts";

const support = userspacePmd.probe("ring", ports, ipv4Forward);
const programOf = (name: string) => join(import.meta.dirname, name);
const deadlineMs = 120_000;

interface Program extends Disposable {
  readonly child: ChildProcess;
  said(): string;
}

/** A folder of the tests' own for what programs leave behind. */
const temporary = mkdtempSync(join(tmpdir(), "iopath-shutdown-"));
let namespace: Namespace;
beforeAll(() => {
  namespace = new Namespace("shutdown");
});
afterAll(() => {
  namespace[Symbol.dispose]();
  rmSync(temporary, { recursive: true });
});

/** In the namespace. @param args of open-and-wait.ts */
function startApart(variant: string): Promise<Program> {
  const program = [process.execPath, programOf("open-and-wait.ts")];
  const args = [...program, variant, String(2 * deadlineMs)];
  return start("ip", ["netns", "exec", namespace.name, ...args]);
}

/** Starts a program and waits for its first line. */
async function start(program: string, args: readonly string[]): Promise<Program> {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(program, args, { stdio: "pipe", env });
  let text = "";
  child.stdout!.on("data", (data) => {
    text += data;
  });
  await once(child.stdout!, "data", { signal: AbortSignal.timeout(deadlineMs) });
  return { child, said: () => text, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** What a process could leave: files of hugepages, runtime folders, sockets, taps. */
function traces({ child: { pid } }: Program): string[] {
  const folders = ["/var/run/dpdk", "/dev/hugepages"].filter(existsSync);
  const files = folders.flatMap((folder) => readdirSync(folder));
  const links = JSON.parse(namespace.ip("-json", "link", "show")) as { ifname: string }[];
  return [
    ...files.filter((name) => name.startsWith(`iopath-${pid}-`)),
    ...readdirSync(temporary),
    ...links.map(({ ifname }) => ifname).filter((name) => name !== "lo"),
  ];
}

if (support.ok)
  describe("userspace-pmd", () => {
    it.each(["ring", "memif", "tap", "virtio-user"])(
      "%s has all mbufs back after SIGINT",
      async (variant) => {
        using program = await startApart(variant);
        const ended = once(program.child, "close", { signal: AbortSignal.timeout(deadlineMs) });
        program.child.kill("SIGINT");
        expect(await ended).toEqual([0, null]);
        expect(program.said()).toBe("open\ninterrupted, all mbufs are back\n");
        expect(traces(program)).toEqual([]);
      },
    );

    it.each(["tap", "virtio-user"])("%s leaves nothing behind after SIGKILL", async (variant) => {
      using program = await startApart(variant);
      const ended = once(program.child, "close", { signal: AbortSignal.timeout(deadlineMs) });
      program.child.kill("SIGKILL");
      await ended;
      expect(traces(program)).toEqual([]);
    });

    it("gives back every mbuf when its tester ends in the middle of a window", () => {
      const forwarder = openForwarder(userspacePmd, "ring", ports, {
        burst: 64,
        workload: ipv4Forward,
      });
      const { path } = forwarder;
      if (path.kind !== "polled") throw new Error("a ring is polled");
      const tester = path.testers!.verifying();
      tester.send(Array.from({ length: 100 }, () => new Uint8Array(60)));
      tester[Symbol.dispose]();
      forwarder.step(); // 64 of them forwarded, 36 still in the ring
      expect(() => forwarder[Symbol.dispose]()).not.toThrow(); // it throws when an mbuf is lost
    });

    it("notices that a memif peer in another process has died, and loses no mbuf", async () => {
      const eal = startEal("ordinary");
      using pool = Pool.create(eal, 511);
      using list = new MbufList(64, pool.high);
      const name = `iopath-test-${process.pid}-dies`;
      const options = `role=server,socket=${name},socket-abstract=yes`;
      {
        using device = new Device(eal, { driver: "net_memif", arguments: options, pool });
        using peer = await start(process.execPath, [programOf("memif-peer.ts"), name]);
        waitForPeer(device, "memif");
        const ended = once(peer.child, "close", { signal: AbortSignal.timeout(deadlineMs) });
        peer.child.kill("SIGKILL");
        await ended;
        const giveUpAt = performance.now() + deadlineMs;
        while (device.isUp() && performance.now() < giveUpAt) await setTimeout(20);
        expect(device.isUp()).toBe(false);
        expect(pool.take(list, 0, 32)).toBe(true);
        const sent = device.transmitBurst(device.transmitQueue(0), list.address, 32);
        pool.release(list, sent, 32 - sent);
        expect(device.receiveBurst(device.receiveQueue(0), list.address, 32)).toBe(0);
      }
      expect(pool.available()).toBe(pool.size);
    });
  });
