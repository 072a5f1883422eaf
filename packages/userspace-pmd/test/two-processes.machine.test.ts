/**
 * memif as it is used: forwarder and tester are two processes, and all that they share is memory.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ipv4Forward } from "@iopath/workloads";
import { expect, it } from "vitest";
import { Device } from "../src/device.ts";
import { deviceTesters } from "../src/device-testers.ts";
import { waitForPeer } from "../src/devices.ts";
import { startEal } from "../src/eal.ts";
import { userspacePmd } from "../src/index.ts";
import { Pool } from "../src/pool.ts";
import { ports } from "./subject.ts";

const support = userspacePmd.probe("memif", ports, ipv4Forward);
const frameCount = 10_000;
const chunk = 50;
const deadlineMs = 120_000;

if (support.ok)
  it("memif forwards between two processes, and every frame comes out as the reference says", async () => {
    using resources = new DisposableStack();
    const sockets = [0, 1].map((i) => `iopath-two-${process.pid}-${i}`) as [string, string];
    const eal = startEal("ordinary");
    const pool = resources.use(Pool.create(eal, 2047));
    const make = (role: string, socket: string) => {
      const options = `role=${role},socket=${socket},socket-abstract=yes`;
      return resources.use(new Device(eal, { driver: "net_memif", arguments: options, pool }));
    };
    const outOf = make("server", sockets[1]);
    const program = join(import.meta.dirname, "memif-forwarder.ts");
    const child = spawn(process.execPath, [program, ...sockets], { stdio: "pipe" });
    resources.defer(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (data) => {
      said += data;
    });
    await once(child.stdout, "data", { signal: AbortSignal.timeout(deadlineMs) });
    const into = make("client", sockets[0]);
    for (const device of [into, outOf]) waitForPeer(device, "memif");

    using tester = deviceTesters(pool, into, outOf).verifying();
    const next = ipv4Forward.randomFrames(20_261_124, {
      destinationMac: ports[0].mac,
      sourceMac: ports[0].neighbor.mac,
    });
    let sent = 0;
    for (let done = 0; done < frameCount; done += chunk) {
      const frames = Array.from({ length: chunk }, () => next().frame);
      const outcomes = frames.map((f) =>
        ipv4Forward.reference(f, {
          destinationMac: ports[1].neighbor.mac,
          sourceMac: ports[1].mac,
        }),
      );
      const wanted = outcomes.flatMap((outcome) => (outcome.forwarded ? [outcome.frame] : []));
      tester.send(frames);
      const came: Uint8Array[] = [];
      const giveUpAt = performance.now() + deadlineMs;
      while (came.length < wanted.length && performance.now() < giveUpAt) {
        came.push(...tester.collect());
        if (came.length < wanted.length) await setTimeout(1);
      }
      expect(came.map((frame) => Buffer.from(frame).toString("hex"))).toEqual(
        wanted.map((frame) => Buffer.from(frame).toString("hex")),
      );
      sent += wanted.length;
    }
    const ended = once(child, "close", { signal: AbortSignal.timeout(deadlineMs) });
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const counters = JSON.parse(said.split("\n")[1]!);
    expect(counters).toMatchObject({ received: frameCount, sent, unsent: 0 });
  });
