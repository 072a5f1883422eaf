/**
 * Runs in a guest with four cards, the first two wired to each other and the last two: a forwarder of two
 * workers on the cards in the middle, in the hands of DPDK, and the tester on those at the ends. Prints what a
 * verify pass and a closed loop answered, and which driver has the cards afterwards, as lines of JSON.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { driverOf, ip, type Place } from "@iopath/lab";
import { trialFlags } from "../../harness/src/spawn-trial.ts";

const program = resolve(import.meta.dirname, "../../harness/src/trial/main.ts");
const limitMs = 120_000;

const macOf = (name: string) => readFileSync(`/sys/class/net/${name}/address`, "utf8").trim();
const addressOf = (name: string) => basename(readlinkSync(`/sys/class/net/${name}/device`));
const wire = (name: string) => ({ device: name, mac: macOf(name), ipv4: "" });
const port = (name: string, far: string) => ({
  ...{ device: addressOf(name), queue: 0, mac: macOf(name), ipv4: "" },
  neighbor: { mac: macOf(far), ipv4: "" },
});

writeFileSync("/proc/sys/vm/nr_hugepages", "64");
for (const name of ["eth0", "eth3"]) {
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1"); // it would send frames of its own
  ip("link", "set", name, "up", "promisc", "on");
}
const place: Place = {
  name: "hardware",
  class: "emulated",
  ports: [port("eth1", "eth0"), port("eth2", "eth3")],
  wires: [wire("eth0"), wire("eth3")],
  limits: { shortestFrameBytes: 60, dropsBrokenIp: true, dropsVlanTagged: true },
};
const common = {
  ...{ place, path: "userspace-pmd", variant: "pci", parentPid: process.pid, burst: 32 },
  ...{ workers: 2, cpus: [0, 0], cpu: 0, flows: 64 },
};
const amounts = { frameBytes: 64, window: 32, warmUpWindows: 4, samples: 20 };
for (const request of [
  { ...common, role: "verify", frames: 600, seed: 29 },
  { ...common, role: "closed-loop", ...amounts },
]) {
  const options = { input: JSON.stringify(request), encoding: "utf8", timeout: limitMs } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [...trialFlags, program], options);
  console.log(stdout || JSON.stringify({ status: "failed", reason: stderr }));
}
console.log(JSON.stringify(place.ports.map(({ device }) => driverOf(device))));
