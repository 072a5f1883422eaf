/**
 * The open loop on ports of a path's own, with the forwarder and the tester in two processes. A
 * busy machine makes trials short: what is sent is counted, and what is counted adds up.
 */
import { readdirSync, readFileSync } from "node:fs";
import { ExitStatus } from "@iopath/contract";
import { findPath, findVariant } from "@iopath/harness";
import { namesIfThere } from "@iopath/native";
import { beforeAll, describe, expect, it } from "vitest";
import { boundOf } from "../../../src/open-loop/bound.ts";
import { OpenLoopDevice } from "../../../src/open-loop/device.ts";
import type { DeviceOptions } from "../../../src/open-loop/device-options.ts";
import { placementHere } from "../../../src/open-loop/placement.ts";
import { addOwnPaths } from "../../../src/paths/all.ts";
import { path as faulty, period } from "./faulty-memif.ts";

const rate = 20_000;
const seconds = 0.5;

function optionsOf(path: string, name: string): DeviceOptions {
  const variant = findVariant(findPath(path), name);
  return {
    ...{ path: findPath(path), variant, workload: "ipv4-forward", frameBytes: 64, burst: 64 },
    ...{ placement: placementHere(variant)!, realtime: false },
    signal: new AbortController().signal,
  };
}

/** Processes of ours that are not gone, by their command lines. */
function childrenOf(pid: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, state, parent] = / ([A-Z]) (\d+) /.exec(
          readFileSync(`/proc/${name}/stat`, "utf8"),
        )!;
        if (Number(parent) !== pid || state === "Z") return [];
        return [readFileSync(`/proc/${name}/cmdline`, "utf8")];
      } catch {
        return []; // gone by now
      }
    })
    .filter((line) => line.includes("open-loop/"));
}

describe("an open loop through memif", () => {
  it.each([64, 1518])(
    "counts each frame of %i bytes once, whole, in order, and binned",
    async (frameBytes) => {
      await using device = await OpenLoopDevice.open({
        ...optionsOf("userspace-pmd", "memif"),
        frameBytes,
      });
      for (let trial = 0; trial < 3; trial++) {
        const { counts, effort } = await device.trial(rate, seconds);
        expect(counts.intended).toBe(rate * seconds);
        expect(counts.offered).toBeGreaterThan(0);
        expect(counts.offered).toBeLessThanOrEqual(counts.intended);
        expect(counts.forwarded).toBeGreaterThan(0);
        expect(counts.forwarded).toBeLessThanOrEqual(counts.offered - counts.refused!);
        const whole = { corrupted: 0, duplicated: 0, reordered: 0, foreign: 0, stale: 0 };
        expect(counts).toMatchObject({ ...whole, restless: false });
        expect(counts.bins.reduce((sum, [, count]) => sum + count, 0)).toBe(counts.forwarded);
        const { received, sent, unsent } = effort.forwarder;
        expect(received).toBe(counts.offered - counts.refused!);
        expect(sent + unsent).toBe(received);
        expect(sent).toBe(counts.forwarded);
        expect(effort.softirqNs).toBe(0);
      }
    },
  );

  it("is bound by a forwarder that was slowed, and by nothing of the tester's", async () => {
    const planted = { kind: "instructions", count: 20_000 } as const;
    const options = { ...optionsOf("userspace-pmd", "memif"), planted, realtime: true };
    await using device = await OpenLoopDevice.open(options);
    const said = new Set<string>();
    for (let i = 0; i < 60 && !said.has("forwarder's CPU"); i++) {
      const trial = await device.trial(undefined, 0.2);
      said.add(boundOf({ ...trial, placement: options.placement }).by);
    }
    expect(said).toContain("forwarder's CPU");
    expect(said).not.toContain("tester");
    expect(said).not.toContain("softirq");
  });

  it("whose forwarder dies in mid-trial says so, and leaves nothing", async () => {
    const before = namesIfThere("/run/netns");
    const device = await OpenLoopDevice.open(optionsOf("userspace-pmd", "memif"));
    const trial = device.trial(rate, 2);
    setTimeout(() => process.kill(device.forwarderPid, "SIGKILL"), 300);
    await expect(trial).rejects.toMatchObject({
      exitStatus: ExitStatus.cellFailed,
      message: expect.stringMatching(
        /the forwarder of userspace-pmd\/memif: its process was ended by SIGKILL/,
      ),
    });
    await device[Symbol.asyncDispose]();
    expect(childrenOf(process.pid)).toEqual([]);
    expect(namesIfThere("/run/netns")).toEqual(before);
  });
});

describe("an open loop through a memif that makes mistakes", () => {
  beforeAll(async () => {
    const file = new URL("faulty-memif.ts", import.meta.url).pathname;
    await addOwnPaths({ [faulty.name]: file });
  });

  it.each([
    ["reorders", "reordered"],
    ["repeats", "duplicated"],
    ["corrupts", "corrupted"],
  ] as const)("finds that it %s frames", async (variant, count) => {
    await using device = await OpenLoopDevice.open(optionsOf(faulty.name, variant));
    let { counts } = await device.trial(rate, seconds);
    // A busy machine may keep the tester from most of what was intended.
    for (let i = 0; i < 20 && counts.offered < 10 * period; i++) {
      ({ counts } = await device.trial(rate, seconds));
    }
    const made = Math.ceil((counts.offered - 1) / period);
    const lost = counts.offered - counts.forwarded - counts.corrupted - counts.duplicated;
    const others = { corrupted: 0, duplicated: 0, reordered: 0, foreign: 0, stale: 0 };
    expect(made).toBeGreaterThan(9);
    expect(counts).toMatchObject({ ...others, [count]: counts[count] });
    expect(Math.abs(counts[count] - made)).toBeLessThanOrEqual(lost);
  });
});
