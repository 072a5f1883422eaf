/**
 * Where the instructions of a frame go: for each path, how many are the tester's, the forwarder's
 * in user space, and the kernel's. Prints the table of docs/instructions.md.
 *
 *     npm run guest:budget [-- PATH/VARIANT...]
 */
import { join } from "node:path";
import { Guest, setUpGuestPackages } from "@iopath/lab/guest";
import { loaderFlags } from "@iopath/native";

const program = join(import.meta.dirname, "budget-in-guest.ts");
const limitMs = 30 * 60_000;

const testerAlone = "tester-only/direct";
const all = [
  "kernel-sockets/packet-mmsg",
  "kernel-sockets/packet-ring",
  "kernel-sockets/io-uring",
  "kernel-sockets/udp-mmsg",
  "xdp/native",
  "xdp/generic",
  "xdp/tc",
  "xdp/af-xdp",
  "sriov-vf/packet-mmsg",
  "sriov-vf/af-xdp",
  "sriov-vf/vfio",
  "sriov-vf/dpdk",
];

interface Cell {
  readonly name: string;
  /** All of a frame's; absent where the cell could not be measured. */
  readonly instructions?: number;
  /** The tester's call that sends, less and in the kernel; then the same of the forwarder. */
  readonly testerUser?: number;
  readonly testerKernel?: number;
  readonly forwarderUser?: number;
  readonly reason?: string;
}

async function measure(names: readonly string[]): Promise<Map<string, Cell>> {
  await setUpGuestPackages((line) => console.error(line));
  using guest = await Guest.boot({ clock: "instructions" });
  let output = "";
  const command = [process.execPath, ...loaderFlags(), program, ...names] as const;
  const status = await guest.run([...command], {
    limitMs,
    onOutput: (chunk) => {
      output += chunk;
      process.stderr.write(chunk);
    },
    onError: (chunk) => process.stderr.write(chunk),
  });
  if (status !== 0) throw new Error(`the measurement ended with status ${status} in the guest`);
  const cells = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Cell);
  return new Map(cells.map((cell) => [cell.name, cell]));
}

function shown(count: number, total: number): string {
  return `${count.toFixed(0)} (${((100 * count) / total).toFixed(0)} %)`;
}

/** On veth pairs a tester costs the same with and without a forwarder. */
function vethRow({ name, instructions: total, forwarderUser = 0, reason }: Cell, tester: number) {
  if (total === undefined) return `| \`${name}\` | ${reason} | | | |`;
  const columns = [tester, forwarderUser, total - tester - forwarderUser];
  const parts = columns.map((count) => shown(count, total)).join(" | ");
  return `| \`${name}\` | ${total.toFixed(0)} | ${parts} |`;
}

/** On a card it does not: how often it is interrupted depends on how its frames come. */
function cardRow({ name, instructions: total, testerUser = 0, testerKernel = 0, reason }: Cell) {
  if (total === undefined) return `| \`${name}\` | ${reason} | | |`;
  const sending = testerUser + testerKernel;
  const parts = [sending, total - sending].map((count) => shown(count, total)).join(" | ");
  return `| \`${name}\` | ${total.toFixed(0)} | ${parts} |`;
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
const cells = await measure([...new Set([testerAlone, ...chosen])]);
const [onCard, onVeth] = [true, false].map((card) =>
  chosen.filter((name) => name.startsWith("sriov-vf/") === card).map((name) => cells.get(name)!),
) as [Cell[], Cell[]];
const tester = cells.get(testerAlone)!.instructions!;
console.log("| on veth pairs | all | tester | forwarder, user space | kernel, for the path |");
console.log("|---|--:|--:|--:|--:|");
for (const cell of onVeth) console.log(vethRow(cell, tester));
console.log(
  "\n| on functions of a card | all | tester, sending | path, and the tester's receiving |",
);
console.log("|---|--:|--:|--:|");
for (const cell of onCard) console.log(cardRow(cell));
