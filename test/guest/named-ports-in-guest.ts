/**
 * Runs in a guest with four cards, the first two wired to each other and the last two. Verifies as
 * its arguments say, from the third card to the second, with the tester in a namespace of its own,
 * and prints what the command said.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ip } from "@iopath/lab";
import { inNamespace } from "@iopath/native";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
/** Room for frames of 1,518 bytes in datagrams. */
const mtuBytes = "1600";
const namespace = "tester";

function bringUp(name: string, address: string): void {
  // It would send frames of its own.
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  ip("link", "set", name, "mtu", mtuBytes, "up");
  ip("address", "add", address, "dev", name);
}

writeFileSync("/proc/sys/vm/nr_hugepages", "64");
ip("netns", "add", namespace);
for (const tester of ["eth0", "eth3"]) ip("link", "set", tester, "netns", namespace);
inNamespace(namespace, () => {
  bringUp("eth3", "10.0.1.2/24");
  bringUp("eth0", "10.0.2.2/24");
});
bringUp("eth2", "10.0.1.1/24");
bringUp("eth1", "10.0.2.1/24");
const places = [
  ...["--ports", "eth2,eth1"],
  ...["--tester", "eth3,eth0", "--tester-namespace", namespace],
];
const { status } = spawnSync(iopath, ["verify", ...places, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
