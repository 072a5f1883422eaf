/**
 * Runs in a guest with four cards, the first two wired to each other and the last two. Verifies the
 * variants that redirect in the kernel between the cards in the middle, in both directions, and
 * prints what the command said of each as a line of JSON.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ip } from "@iopath/lab";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
/** Ends what hangs: on a busy machine the guest is slow. */
const limitMs = 500_000;

for (const name of ["eth0", "eth1", "eth2", "eth3"]) {
  // it would send frames of its own
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  ip("link", "set", name, "up");
}
for (const [ports, tester, variants] of [
  ["eth1,eth2", "eth0,eth3", "native"],
  ["eth2,eth1", "eth3,eth0", "native,native-devmap"],
] as const) {
  const flags = [
    ...["--ports", ports, "--tester", tester, "--frames", "300", "--seed", "7"],
    ...["--path", "xdp", "--variant", variants],
  ];
  const ended = spawnSync(iopath, ["verify", ...flags], { encoding: "utf8", timeout: limitMs });
  const { status, stdout, stderr } = ended;
  console.log(JSON.stringify({ ports, status, said: stdout, complaint: stderr }));
}
