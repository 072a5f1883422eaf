/**
 * Runs in a guest that counts instructions: makes the labs, measures each cell as `iopath run`
 * does, and once more with its parts timed, unless all of it is in the kernel. Prints each cell as
 * a line of JSON. Usage: budget-in-guest.ts PATH/VARIANT...
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { type Testbed, VethLab } from "@iopath/lab";
import { SriovLab } from "@iopath/sriov-vf";
import type { TrialResult } from "../../harness/src/trial/request.ts";
import { trialFlags } from "../../harness/src/trial/trial-process.ts";

const root = resolve(import.meta.dirname, "../..");
const sizes = { frameBytes: 64, flows: 1, window: 64, burst: 64, workers: 1 };
const amounts = { warmUpWindows: 200, samples: 200 };
const nsPerInstruction = 2;
const limitMs = 240_000;
/** Their forwarder has no part in user space. */
const inKernel = ["xdp/native", "xdp/generic", "xdp/tc"];

/** What the program says to a request for a closed loop. */
function ask(program: string, testbed: Testbed, path: string, variant: string): string {
  const request = { role: "closed-loop", testbed, path, variant, ...sizes, ...amounts };
  const args = ["--single-threaded", ...trialFlags(), resolve(root, program)];
  const input = JSON.stringify({ ...request, cpu: 0, parentPid: process.pid });
  const ended = spawnSync(process.execPath, args, { input, timeout: limitMs });
  if (ended.status === 0) return ended.stdout.toString();
  throw new Error(`${path}/${variant}: ${ended.stderr}`);
}

function measure(name: string, veth: Testbed, card: Testbed): object {
  const [path, variant] = name.split("/") as [string, string];
  const testbed = path === "sriov-vf" ? card : veth;
  const result = JSON.parse(
    ask("harness/src/trial/main.ts", testbed, path, variant),
  ) as TrialResult;
  if (result.status !== "measured") return { name, ...result };
  const sorted = result.samplesNs.toSorted((a, b) => a - b);
  const instructions = sorted[sorted.length >>> 1]! / nsPerInstruction;
  if (path === "tester-only" || inKernel.includes(name)) return { name, instructions };
  const parts = JSON.parse(ask("test/guest/frame-shares.ts", testbed, path, variant)) as object;
  const shares = Object.entries(parts).map(([part, ns]) => [part, ns / nsPerInstruction]);
  return { name, instructions, ...Object.fromEntries(shares) };
}

using veth = new VethLab();
using card = new SriovLab({ ports: { card: "eth0" }, emulated: true });
const vethTestbed: Testbed = { ...veth.testbed, class: "emulated" };
for (const name of process.argv.slice(2)) {
  console.log(JSON.stringify(measure(name, vethTestbed, card.testbed)));
}
