/**
 * Runs in a guest of many-cards.ts. Verifies variants between interfaces in the middle, with those
 * at the ends of the wires for a tester, and prints what the command said of each as a line of
 * JSON.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ip } from "@iopath/lab";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
/** Ends what hangs: on a busy machine the guest is slow. */
const limitMs = 500_000;

for (let i = 0; i < 8; i++) {
  const name = `eth${i}`;
  // it would send frames of its own
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  ip("link", "set", name, "up");
}
for (const [ports, tester, path, variants] of [
  ["eth1,eth2", "eth0,eth3", "xdp", "native"],
  ["eth2,eth1", "eth3,eth0", "xdp", "native,native-devmap"],
  ["eth4,eth5", "eth6,eth7", "kernel-sockets", "packet-mmsg"],
  ["eth5,eth4", "eth7,eth6", "xdp", "tc"],
] as const) {
  const flags = [
    ...["--ports", ports, "--tester", tester, "--frames", "300", "--seed", "7"],
    ...["--path", path, "--variant", variants],
  ];
  const ended = spawnSync(iopath, ["verify", ...flags], { encoding: "utf8", timeout: limitMs });
  const { status, stdout, stderr } = ended;
  console.log(JSON.stringify({ ports, status, said: stdout, complaint: stderr }));
}
