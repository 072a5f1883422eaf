/**
 * Runs in a guest of many-cards.ts. Verifies variants between interfaces in the middle, with those
 * at the ends of the wires for a tester, and prints what the command said of each as a line of
 * JSON.
 */
import { writeFileSync } from "node:fs";
import { ip } from "@iopath/lab";
import { newPerform } from "../../harness/src/cli/perform/perform.ts";
import { startCommand } from "../../harness/src/cli/program.ts";

const { signal } = new AbortController();
const perform = newPerform({ interruption: signal, outputClosed: signal });
const output = { requireWritten: async () => {} };

/** The command in this process: to start it each time takes the guest ten seconds. */
async function iopath(...args: string[]) {
  const printed = { stdout: "", stderr: "" };
  using writes = new DisposableStack();
  for (const stream of ["stdout", "stderr"] as const) {
    const { write } = process[stream];
    process[stream].write = (text: string | Uint8Array) => {
      printed[stream] += text;
      return true;
    };
    writes.defer(() => {
      process[stream].write = write;
    });
  }
  const status = await startCommand(args, { perform, interruption: signal, output }).status;
  return { status, said: printed.stdout, complaint: printed.stderr };
}

for (let i = 0; i < 8; i++) {
  const name = `eth${i}`;
  // it would send frames of its own
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
  ip("link", "set", name, "up");
}
for (const [ports, tester, path, variant] of [
  ["eth1,eth2", "eth0,eth3", "xdp", "native"],
  ["eth2,eth1", "eth3,eth0", "xdp", "native-devmap"],
  ["eth4,eth5", "eth6,eth7", "kernel-sockets", "packet-mmsg"],
  ["eth5,eth4", "eth7,eth6", "xdp", "tc"],
] as const) {
  const place = ["--ports", ports, "--tester", tester];
  const what = ["--path", path, "--variant", variant, "--frames", "300", "--seed", "7"];
  const ended = await iopath("verify", ...place, ...what);
  console.log(JSON.stringify({ ports, ...ended }));
}
