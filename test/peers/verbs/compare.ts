/**
 * The verbs part of `npm run bench:peers`, in guests: our forwarder against the same one in C, in
 * counted instructions, and our queues against perftest's, by the wall clock.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Guest, pvrdma, setUpGuestPackages } from "@iopath/lab/guest";
import { loaderFlags } from "@iopath/native";
import Table from "cli-table3";
import { quantileSorted } from "simple-statistics";
import { forms } from "../c-library.ts";
import type { Contest as ForwardContest } from "./forwarders.ts";
import { compileForwarder } from "./loop.ts";
import type { Contest } from "./send-pairs.ts";

const windows = [64, 1];
const windowsSampled = 400;
const limitMs = 500_000;
/** The clock of a counting guest. */
const nsPerInstruction = 2;
const folder = import.meta.dirname;
const style = { head: [], border: [] };

const rounds = 3;
interface Device {
  readonly name: string;
  readonly gid: string;
  /** Sends in a list, where perftest can send lists. */
  readonly burst: string;
}
const devices: readonly Device[] = [
  { name: "vmw_pvrdma0", gid: "0", burst: "1" },
  { name: "rxe0", gid: "1", burst: "64" },
];

/**
 * Runs a program of this folder in a guest; returns what it printed.
 * @param before a command that starts it
 */
async function runIn(
  guest: Guest,
  file: string,
  args: string[],
  before: string[] = [],
): Promise<string> {
  let output = "";
  const program = [
    process.execPath,
    ...["--single-threaded", ...loaderFlags(), join(folder, file)],
  ] as const;
  const status = await guest.run([...before, ...program, ...args] as [string, ...string[]], {
    limitMs,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => process.stderr.write(chunk),
  });
  if (status !== 0) throw new Error(`${file} ended with status ${status}`);
  return output;
}

function quantile(samples: readonly number[], q: number): number {
  return quantileSorted(
    samples.toSorted((a, b) => a - b),
    q,
  );
}

/** The same forwarder in TypeScript and in C: exact, whatever else the machine does. */
async function compareForwarders(): Promise<void> {
  const libraries = forms.map(compileForwarder);
  using guest = await Guest.boot({ clock: "instructions", machine: pvrdma });
  const head = ["window", "what", "ours", ...forms.flatMap((form) => [`${form} C`, "/ ours"])];
  const table = new Table({ head, style });
  for (const window of windows) {
    const args = [...libraries, String(window), String(windowsSampled)];
    const contest = JSON.parse(await runIn(guest, "forwarders.ts", args)) as ForwardContest;
    for (const what of ["forwarder", "whole"] as const) {
      const medianOf = (name: keyof ForwardContest) =>
        quantile(contest[name][what], 0.5) / nsPerInstruction;
      const ours = medianOf("ours");
      const name = what === "whole" ? "with the tester" : "forwarder alone";
      const inC = forms.map(medianOf).flatMap((one) => [one.toFixed(0), (one / ours).toFixed(3)]);
      table.push([window, name, ours.toFixed(0), ...inC]);
    }
  }
  console.log("pvrdma/rc-send, median of instructions per frame of 64 bytes, device and HCA apart");
  console.log(table.toString());
}

/**
 * Messages and round trips beside perftest's, by the wall clock: ratios, since all of it is
 * emulated.
 */
async function compareMessages(): Promise<void> {
  if (spawnSync("ib_send_bw", ["--version"]).error || spawnSync("ibv_rc_pingpong").error) {
    console.log("no perftest here: `sudo apt-get install -y perftest ibverbs-utils`");
    return;
  }
  using guest = await Guest.boot({ clock: "wall", machine: pvrdma, processors: 2 });
  await guest.run(["bash", join(folder, "soft-roce.sh")], { limitMs });
  const head = ["device", "what, at 64 bytes", "ours", "peer", "ours / peer, median", "of rounds"];
  const table = new Table({ head, style });
  for (const device of devices) await addRows(table, guest, device);
  console.log("reliable connection, server and client on an emulated CPU each, in turns");
  console.log(table.toString());
}

async function addRows(table: Table.Table, guest: Guest, { name: device, gid, burst }: Device) {
  const args = [device, gid, burst, String(rounds)];
  const text = await runIn(guest, "send-pairs.ts", args, ["taskset", "-c", "0"]);
  const contests = Object.entries(JSON.parse(text) as Record<string, Contest>);
  for (const [name, { ours, theirs }] of contests) {
    const ratios = ours.map((figure, i) => figure / theirs[i]!);
    const shown = (values: readonly number[]) => quantile(values, 0.5).toPrecision(4);
    const range = `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`;
    const median = quantile(ratios, 0.5).toFixed(3);
    table.push([`${device}, ${burst} at once`, name, shown(ours), shown(theirs), median, range]);
  }
}

export async function compareVerbs(): Promise<void> {
  await setUpGuestPackages((line) => console.error(line), pvrdma);
  await compareForwarders();
  await compareMessages();
}
