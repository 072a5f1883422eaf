/** Trials with real-time priority on a machine that others use up. */
import { spawn } from "node:child_process";
import { findPath, findVariant } from "@iopath/harness";
import { pinThreadToCpu } from "@iopath/native";
import { expect, it } from "vitest";
import { OpenLoopDevice } from "../../src/open-loop/device.ts";
import { placementHere } from "../../src/open-loop/placement.ts";

/** A process that takes what it gets of a CPU. */
function hog(cpu: number): Disposable {
  const other = spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" });
  pinThreadToCpu(other.pid!, cpu);
  return { [Symbol.dispose]: () => other.kill("SIGKILL") };
}

it("within a trial neither the kernel nor V8 gives others a CPU", async () => {
  const variant = findVariant(findPath("xdp"), "af-xdp");
  const placement = placementHere(variant)!;
  await using device = await OpenLoopDevice.open({
    ...{ path: findPath("xdp"), variant, placement, realtime: true },
    ...{ workload: "ipv4-forward", frameBytes: 64, burst: 64 },
    signal: new AbortController().signal,
  });
  await device.trial(10_000, 0.1);
  using _one = hog(placement.testerCpu);
  using _other = hog(placement.forwarderCpu);
  const shares: number[] = [];
  const collections: number[] = [];
  // Together more than a second: in each the kernel owes others 50 ms.
  for (let i = 0; i < 5; i++) {
    const { counts, effort } = await device.trial(10_000, 0.4);
    shares.push(counts.forwardingNs / counts.windowNs, counts.offered / counts.intended);
    collections.push(effort.forwarder.garbageCollections);
  }
  expect(Math.min(...shares)).toBeGreaterThan(0.95);
  expect(collections).toEqual([0, 0, 0, 0, 0]);
});
