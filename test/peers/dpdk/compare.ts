/**
 * The DPDK part of `npm run bench:peers`: our loop and the same one in C, in turns in one process,
 * and beside it dpdk-testpmd on the same devices. C's time, or testpmd's, divided by ours.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Namespace } from "@iopath/lab";
import { allowedCpus, loaderFlags } from "@iopath/native";
import Table from "cli-table3";
import { forms } from "../c-library.ts";
import { median, ratioInWords, ratioOf } from "../ratios.ts";
import type { Turns } from "./contest.ts";
import { flagsOfDpdk, type Loop, loops } from "./loops.ts";
import { measureTestpmd } from "./testpmd.ts";

const bursts = [1, 32, 64];
const contestMs = 1000;
const testpmdMs = 400;
const limitMs = 300_000;

function hasTestpmd(): boolean {
  if (spawnSync("dpdk-testpmd", ["--help"], { timeout: limitMs }).error === undefined) return true;
  console.error("no dpdk-testpmd: it is in Debian's package dpdk-dev");
  return false;
}

interface Match {
  readonly loop: Loop;
  readonly burst: number;
  /** What to start programs with: "ip netns exec NAME" for instance. */
  readonly prefix: readonly string[];
}

function runContest({ loop, burst, prefix }: Match): Turns {
  const file = join(import.meta.dirname, "contest.ts");
  const numbers = [burst, contestMs, allowedCpus().at(-1)!].map(String);
  const words = [...prefix, process.execPath, ...loaderFlags(), file, loop.name, ...numbers];
  const options = { encoding: "utf8", timeout: limitMs, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr } = spawnSync(words[0]!, words.slice(1), options);
  if (status === 0) return JSON.parse(stdout) as Turns;
  throw new Error(`${words.join(" ")}: ${stderr}`);
}

/** Nanoseconds per frame of testpmd's `macswap`; NaN where it fails. */
async function runTestpmd(match: Match): Promise<number> {
  const cpus = [allowedCpus()[0]!, allowedCpus().at(-1)!] as const;
  return await measureTestpmd({ ...match, cpus, durationMs: testpmdMs }).then(
    (rate) => 1e9 / rate,
    (error: Error) => {
      console.error(error.message);
      return Number.NaN; // it is left out once
    },
  );
}

/** Of 2 MiB, for the 64 MB that each contender asks for. */
const hugepagesNeeded = 32;

function freeHugepages(): number {
  const text = readFileSync("/proc/meminfo", "utf8");
  return Number(/^HugePages_Free:\s+(\d+)$/m.exec(text)?.[1] ?? 0);
}

/** A namespace with the two ends of a wire in it, for loops that need one. */
function openWire(loop: Loop): Namespace | undefined {
  if (!loop.veth) return undefined;
  const [first, second] = loop.veth;
  const namespace = new Namespace("peers");
  namespace.ip("link", "add", first, "type", "veth", "peer", "name", second);
  for (const end of loop.veth) namespace.ip("link", "set", end, "addrgenmode", "none", "up");
  return namespace;
}

const head = ["loop", "burst", "ours ns", "plain C / ours", "tuned C / ours", "macswap / ours"];

/** A row of the table; processes of ours and of testpmd in turn. */
async function compete(match: Match, repetitions: number, testpmd: boolean): Promise<string[]> {
  const contests: Turns[] = [];
  const macswap: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    contests.push(runContest(match));
    if (testpmd) macswap.push(await runTestpmd(match));
  }
  const ours = contests.map((turns) => median(turns.ours));
  const beside = macswap.map((ns, i) => ns / ours[i]!).filter(Number.isFinite);
  return [
    ...[match.loop.name, String(match.burst), median(ours).toFixed(2)],
    ...forms.map((form) => ratioInWords(contests.map((turns) => ratioOf(turns[form], turns.ours)))),
    ratioInWords(beside),
  ];
}

/** @param only names of loops; all when empty */
export async function compareDpdk(repetitions: number, only: readonly string[]): Promise<void> {
  if (flagsOfDpdk() === undefined) {
    console.error("no loops on DPDK: they need Debian's packages pkg-config and libdpdk-dev");
    return;
  }
  const testpmd = hasTestpmd();
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const loop of loops.filter(({ name }) => only.length === 0 || only.includes(name))) {
    if (loop.pages === "huge" && freeHugepages() < hugepagesNeeded) {
      console.error(`${loop.name} needs hugepages: sysctl vm.nr_hugepages=${hugepagesNeeded}`);
      continue;
    }
    using namespace = openWire(loop);
    const prefix = namespace ? ["ip", "netns", "exec", namespace.name] : [];
    for (const burst of bursts) {
      const row = await compete({ loop, burst, prefix }, repetitions, testpmd);
      console.error(head.map((name, i) => `${name} ${row[i]}`).join(", "));
      table.push(row);
    }
  }
  console.log(`DPDK, nanoseconds per frame; 95 % intervals over ${repetitions} processes.`);
  console.log("Plain C: gcc -O3 -march=native. Tuned: MACs as constants, checks at once, vectors.");
  console.log(table.toString());
}
