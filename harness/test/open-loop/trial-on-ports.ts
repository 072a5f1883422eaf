/**
 * Runs in a namespace: one trial through a variant between interfaces that are there. Takes path,
 * variant, ports and tester; prints what was counted.
 */
import { OpenLoopDevice } from "../../src/open-loop/device.ts";
import { placementHere } from "../../src/open-loop/placement.ts";
import { findPath, findVariant } from "../../src/paths/all.ts";

const [path = "", name = "", ...names] = process.argv.slice(2);
const [port0 = "", port1 = "", wire0 = "", wire1 = ""] = names;
const variant = findVariant(findPath(path), name);
await using device = await OpenLoopDevice.open({
  ...{ path: findPath(path), variant, workload: "ipv4-forward", frameBytes: 64, burst: 64 },
  ...{ placement: placementHere(variant)!, realtime: false },
  interfaces: { ports: [port0, port1], tester: [wire0, wire1] },
  signal: new AbortController().signal,
});
const { counts } = await device.trial(2000, 0.2);
process.stdout.write(JSON.stringify(counts));
