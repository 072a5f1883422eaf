/**
 * Makes each kind of change to an interface that is not ours, and undoes it again and again, each
 * time with another of its calls failing. Prints, by kind, how many calls there are, and what was
 * not as it should be: each failure is reported, and the next try undoes the change.
 */
import { readFileSync } from "node:fs";
import { troubleOf } from "@iopath/contract";
import {
  addUntilDisposed,
  changeSetting,
  changeSysctl,
  Namespace,
  turnFeatureOn,
} from "@iopath/lab";
import { DeviceFeatures, inNamespace, readDeviceSetting } from "@iopath/native";
import { begin, failed } from "./failing-calls.ts";

const device = "card0";
using namespace = new Namespace("undo");
namespace.ip("link", "add", device, "type", "veth", "peer", "name", "wire0");
namespace.ip("link", "set", device, "up");

const route = ["198.19.0.0/16", "dev", device];
const forwarding = `ipv4/conf/${device}/forwarding`;
const changes = {
  setting: () => changeSetting(device, "gro_flush_timeout", 1000),
  feature: () => turnFeatureOn(device, "rx-gro"),
  sysctl: () => changeSysctl(forwarding, "1"),
  command: () => addUntilDisposed("ip", ["route", "add", ...route], ["route", "delete", ...route]),
};

function state(): string {
  return inNamespace(namespace.name, () => {
    using features = new DeviceFeatures(device);
    return JSON.stringify([
      readDeviceSetting(device, "gro_flush_timeout"),
      features.isOn("rx-gro"),
      readFileSync(`/proc/sys/net/${forwarding}`, "utf8"),
      namespace.ip("route", "show"),
    ]);
  });
}

/** What is wrong when call `at` of the undoing fails; undefined where it makes fewer calls. */
function tryAt(change: () => Disposable, at: number): string[] | undefined {
  const before = state();
  const made = inNamespace(namespace.name, change);
  begin(at, "EMFILE");
  const told = errorOf(() => made[Symbol.dispose]());
  const call = failed;
  begin();
  const what = `${call?.syscall} ${call?.path}`;
  const problems = [
    call && !told && state() !== before && `${what}: not undone, and not told`,
    told && !troubleOf(told) && `${what}: not told in words: ${told}`,
  ];
  const again = errorOf(() => made[Symbol.dispose]());
  problems.push(again && `${what}: not undone later: ${again}`);
  problems.push(state() !== before && `${what}: not as before`);
  return call && problems.filter((problem) => typeof problem === "string");
}

function errorOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

const tried = Object.entries(changes).map(([kind, change]) => {
  const violations: string[] = [];
  let calls = 0;
  for (;;) {
    const problems = tryAt(change, calls);
    if (problems === undefined) return [kind, { calls, violations }];
    violations.push(...problems);
    calls++;
  }
});
process.stdout.write(JSON.stringify(Object.fromEntries(tried)));
