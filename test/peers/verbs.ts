/**
 * `npm run bench:verbs`: our verbs against perftest's and libibverbs' own ping-pong, in alternation in one
 * guest, on its paravirtual device and on soft RoCE. Prints their medians and our ratio to them.
 */
import { join } from "node:path";
import { Guest, lockMachine, pvrdma, setUpGuestPackages } from "@iopath/lab";
import Table from "cli-table3";
import { medianSorted } from "simple-statistics";

const repetitions = Number(process.argv[2] ?? 3);
const program = join(import.meta.dirname, "verbs-pairs.ts");
const limitMs = 500_000;

interface Measurement {
  readonly name: string;
  readonly messagesPerSecond?: number;
  readonly p50Us?: number;
  readonly meanUs?: number;
}

async function measure(guest: Guest, device: string, gidIndex: number): Promise<Measurement[]> {
  let output = "";
  const args = [device, String(gidIndex), String(repetitions)];
  const status = await guest.run([process.execPath, program, ...args], {
    limitMs,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => process.stderr.write(chunk),
  });
  if (status !== 0) throw new Error(`${program} ended with status ${status}`);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Measurement);
}

type Figure = "messagesPerSecond" | "p50Us" | "meanUs";

function medianOf(found: readonly Measurement[], name: string, figure: Figure): number {
  const values = found.filter((row) => row.name === name).map((row) => row[figure]!);
  return medianSorted(values.sort((a, b) => a - b));
}

const comparisons: readonly (readonly [ours: string, theirs: string, Figure, Figure])[] = [
  ["iopath stream", "ib_send_bw", "messagesPerSecond", "messagesPerSecond"],
  ["iopath ping-pong", "ib_send_lat", "p50Us", "p50Us"],
  ["iopath ping-pong", "ibv_rc_pingpong", "p50Us", "meanUs"],
];

await setUpGuestPackages((line) => console.error(line), pvrdma);
using _lock = await lockMachine({
  waitMs: 600_000,
  onWait: (pid) => console.error(`waiting for process ${pid}`),
});
using guest = await Guest.boot({ clock: "wall", machine: pvrdma });
const head = ["device", "peer", "figure, 64 bytes", "ours", "peer's", "ours / peer's"];
const table = new Table({ head, style: { head: [], border: [] } });
for (const [device, gidIndex] of [["vmw_pvrdma0", 0]] as const) {
  const found = await measure(guest, device, gidIndex);
  for (const [ours, theirs, figure, theirFigure] of comparisons) {
    const [a, b] = [medianOf(found, ours, figure), medianOf(found, theirs, theirFigure)];
    const what = figure === "messagesPerSecond" ? "messages/s" : `half a round, us`;
    table.push([device, theirs, what, a.toFixed(0), b.toFixed(0), (a / b).toFixed(2)]);
  }
}
console.log(table.toString());
