/**
 * Runs in a guest with four cards, the first two wired to each other and the last two: a forwarder
 * on the cards in the middle, in the hands of DPDK, and the tester on those at the ends. Prints as
 * lines of JSON what a verify pass and a closed loop of two workers answered, what `iopath verify`
 * said of the interfaces, and how an interface stood before and after.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { driverOf, ip, type Testbed } from "@iopath/lab";
import { trialFlags } from "../../harness/src/trial/trial-process.ts";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
const program = resolve(import.meta.dirname, "../../harness/src/trial/main.ts");
/** Ends what hangs: on a busy machine the guest is slow. */
const limitMs = 500_000;

const macOf = (name: string) => readFileSync(`/sys/class/net/${name}/address`, "utf8").trim();
const addressOf = (name: string) => basename(readlinkSync(`/sys/class/net/${name}/device`));
const wire = (name: string) => ({ device: name, mac: macOf(name), ipv4: "" });
const port = (name: string, far: string) => ({
  ...{ device: addressOf(name), queue: 0, mac: macOf(name), ipv4: "" },
  neighbor: { mac: macOf(far), ipv4: "" },
});

writeFileSync("/proc/sys/vm/nr_hugepages", "64");
for (const name of ["eth0", "eth1", "eth2", "eth3"]) {
  // it would send frames of its own
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  ip("link", "set", name, "up");
}
ip("link", "set", "eth1", "mtu", "1400");
ip("address", "add", "10.1.1.1/24", "dev", "eth1");
ip("route", "add", "10.9.0.0/16", "via", "10.1.1.9", "dev", "eth1");
ip(
  "neighbour",
  "add",
  "10.1.1.7",
  "lladdr",
  "02:00:00:00:00:07",
  "dev",
  "eth1",
  "nud",
  "permanent",
);

/** All but its number, and what it has counted. */
function standing(name: string): string {
  const shown = [
    // Its link comes later.
    ip("address", "show", "dev", name)
      .replace(/^\d+: /, "")
      .replace("NO-CARRIER,", "")
      .replace(",LOWER_UP", "")
      .replace(/state \w+/, ""),
    ip("route", "show", "dev", name).replaceAll(/ *linkdown */g, ""),
    ip("neighbour", "show", "dev", name),
    readFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "utf8"),
  ];
  return shown.join("");
}
const testbed: Testbed = {
  class: "emulated",
  ...{ shared: true, hasLinks: true },
  ports: [port("eth1", "eth0"), port("eth2", "eth3")],
  wires: [wire("eth0"), wire("eth3")],
  limits: { shortestFrameBytes: 60, dropsBrokenIp: true, dropsVlanTagged: true },
};
const common = {
  ...{ testbed, path: "userspace-pmd", variant: "pci", parentPid: process.pid, burst: 32 },
  ...{ workers: 2, cpus: [0, 0], cpu: 0, flows: 64 },
};
const amounts = { frameBytes: 64, window: 32, warmUpWindows: 4, samples: 10 };
for (const request of [
  { ...common, role: "verify", frames: 256, seed: 29 },
  { ...common, role: "closed-loop", ...amounts },
]) {
  const options = { input: JSON.stringify(request), encoding: "utf8", timeout: limitMs } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [...trialFlags(), program], options);
  console.log(stdout || JSON.stringify({ status: "failed", reason: stderr }));
}
console.log(JSON.stringify(testbed.ports.map(({ device }) => driverOf(device))));

const before = standing("eth1");
const flags = [
  ...["--ports", "eth1,eth2", "--tester", "eth0,eth3", "--frames", "300"],
  ...["--path", "userspace-pmd", "--variant", "pci"],
];
const ended = spawnSync(iopath, ["verify", ...flags], { encoding: "utf8", timeout: limitMs });
console.log(JSON.stringify({ status: ended.status, complaint: ended.stderr, said: ended.stdout }));
console.log(JSON.stringify({ before, after: standing("eth1") }));
