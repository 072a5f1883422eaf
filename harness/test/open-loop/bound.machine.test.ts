/**
 * What bounds a rate, on forwarders and generators whose bound is known since it was made. Both
 * have their CPUs before all else; a trial that was disturbed all the same says so, and is made
 * again.
 */
import { findPath, findVariant } from "@iopath/harness";
import { describe, expect, it } from "vitest";
import { boundOf } from "../../src/open-loop/bound.ts";
import { OpenLoopDevice } from "../../src/open-loop/device.ts";
import type { DeviceOptions } from "../../src/open-loop/device-options.ts";
import { placementHere } from "../../src/open-loop/placement.ts";
import type { Trial } from "../../src/open-loop/protocol.ts";
import { addOwnPaths } from "../../src/paths/all.ts";
import { path } from "./ring-of-64.ts";

const seconds = 0.2;
const triesMax = 60;

function optionsOf(path: string, name: string): DeviceOptions {
  const variant = findVariant(findPath(path), name);
  return {
    ...{ path: findPath(path), variant, workload: "ipv4-forward", frameBytes: 64, burst: 64 },
    ...{ placement: placementHere(variant)!, realtime: true },
    signal: new AbortController().signal,
  };
}

/** What is said of trials at a rate, until the machine let one of them be. */
async function boundAt(
  rate: number | undefined,
  options: DeviceOptions,
  { promptly = false, isDisturbed = (_: Trial): boolean => false } = {},
): Promise<string> {
  await using device = await OpenLoopDevice.open(options);
  let said = "nothing";
  for (let i = 0; i < triesMax; i++) {
    const trial = await device.trial(rate, seconds, promptly);
    const { by } = boundOf({ ...trial, placement: options.placement });
    if (by !== "machine" && !isDisturbed(trial)) said = by;
    // The first trials have the loop compiled.
    if (said !== "nothing" && i > 2) return said;
  }
  return said;
}

const slow = { kind: "instructions", count: 20_000 } as const;

describe("what bounds a rate", () => {
  it("is the CPU of a polled forwarder that was slowed", async () => {
    const options = optionsOf("xdp", "af-xdp");
    expect(await boundAt(undefined, { ...options, planted: slow })).toBe("forwarder's CPU");
  });

  it("is the CPU of the kernel's thread that forwards, slowed", async () => {
    const planted = { kind: "instructions", count: 5000 } as const;
    const options = { ...optionsOf("xdp", "native"), planted };
    expect(await boundAt(undefined, options)).toBe("forwarder's CPU");
  });

  it("is the ring where it holds 64 frames, and is empty at most looks", async () => {
    await addOwnPaths({ [path.name]: new URL("ring-of-64.ts", import.meta.url).pathname });
    const options = optionsOf(path.name, "af-xdp");
    expect(await boundAt(400_000, options)).toBe("ring");
  });

  it("is nothing of the forwarder's where the generator was slowed", async () => {
    const options = { ...optionsOf("xdp", "af-xdp"), needlessLooks: 2000 };
    const isDisturbed = ({ counts }: Trial) => counts.offered > counts.forwarded;
    // A slow generator's usual batch is as long as the port's ring: it comes at once and fills it.
    expect(await boundAt(undefined, options, { promptly: true, isDisturbed })).toBe("unknown");
  });
});
