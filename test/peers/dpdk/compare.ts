/**
 * The DPDK part of `npm run bench:peers`: our loop, the same loop in C, and dpdk-testpmd, on the
 * same devices, one after the other and in turns; frames forwarded in a second of the forwarding
 * thread's CPU time.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Namespace } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import Table from "cli-table3";
import { medianSorted } from "simple-statistics";
import { ealArguments, type Loop, loops } from "./loops.ts";
import { measureTestpmd, type TestpmdMode } from "./testpmd.ts";

const bursts = [32, 64];
const durationMs = 400;
const limitMs = 300_000;
const modes: readonly TestpmdMode[] = ["macswap", "5tswap", "io"];
const folder = import.meta.dirname;

type Contender = "typescript" | "c" | "c-default-pool" | TestpmdMode;
type Rates = Partial<Record<Contender, number[]>>;

/** Compiles the loop in C; undefined, with what is missing, when it can't be. */
function compileForward(): string | undefined {
  const build = join(folder, "..", "build");
  mkdirSync(build, { recursive: true });
  const program = join(build, "dpdk-forward");
  try {
    const flags = execFileSync("pkg-config", ["--cflags", "libdpdk"], { encoding: "utf8" });
    execFileSync("gcc", [
      ...["-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-o", program],
      join(folder, "forward.c"),
      ...flags.trim().split(/\s+/),
      ...["eal", "mempool", "mbuf", "ethdev", "ring"].map((name) => `-lrte_${name}`),
    ]);
    return program;
  } catch {
    console.error("no C loop: it needs gcc, pkg-config and libdpdk-dev");
    return undefined;
  }
}

function hasTestpmd(): boolean {
  if (spawnSync("dpdk-testpmd", ["--help"], { timeout: limitMs }).error === undefined) return true;
  console.error("no dpdk-testpmd: it is in Debian's package dpdk-dev");
  return false;
}

/** Starts a program that prints its rate. */
function measureProgram(words: readonly string[]): number {
  const [program, ...args] = words as [string, ...string[]];
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: limitMs });
  const rate = /^framesPerCpuSecond (\d+)$/m.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`${words.join(" ")}: ${stdout}${stderr}`);
  return Number(rate);
}

interface Contest {
  readonly loop: Loop;
  readonly burst: number;
  readonly prefix: readonly string[];
  readonly program: string | undefined;
  readonly testpmd: boolean;
}

async function measure(contender: Contender, contest: Contest): Promise<number> {
  const { loop, burst, prefix, program } = contest;
  const cpus = allowedCpus();
  const [main, cpu] = [cpus[0]!, cpus.at(-1)!];
  if (contender === "typescript") {
    const file = join(folder, "forward.ts");
    const args = [loop.name, String(burst), String(durationMs), String(cpu)];
    return measureProgram([...prefix, process.execPath, file, ...args]);
  }
  if (contender === "c" || contender === "c-default-pool") {
    const numbers = [loop.from, loop.to, loop.frames, burst, durationMs].map(String);
    const pool = contender === "c" ? "packed" : "default";
    const arguments_ = [...ealArguments(loop, String(cpu)), "--", ...numbers, pool];
    return measureProgram([...prefix, program!, ...arguments_]);
  }
  return await measureTestpmd({
    ...{ loop, burst, durationMs, prefix, mode: contender },
    cpus: [main, cpu],
  });
}

/**
 * One contender after the other, and that as often as asked, so that slow drifts meet all of them.
 */
async function compete(contest: Contest, repetitions: number): Promise<Rates> {
  const contenders: readonly Contender[] = [
    "typescript",
    ...(contest.program ? (["c", "c-default-pool"] as const) : []),
    ...(contest.testpmd ? modes : []),
  ];
  const rates: Rates = {};
  for (let i = 0; i < repetitions; i++) {
    for (const contender of contenders) {
      const rate = await measure(contender, contest).catch((error: Error) => {
        if (contender === "typescript") throw error;
        console.error(error.message);
        return Number.NaN; // a peer that fails once is left out once
      });
      rates[contender] = [...(rates[contender] ?? []), rate];
    }
  }
  return rates;
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length > 0 ? medianSorted(sorted) : Number.NaN;
}

function millions(values?: readonly number[]): string {
  if (values === undefined) return "";
  const rate = median(values) / 1e6;
  return rate.toFixed(rate < 10 ? 2 : 1);
}

/** The median of the ratios of neighbours in time. */
function ratio(ours: readonly number[], theirs?: readonly number[]): string {
  return theirs ? median(ours.map((rate, i) => rate / theirs[i]!)).toFixed(2) : "";
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

/** @param only names of loops; all when empty */
export async function compareDpdk(repetitions: number, only: readonly string[]): Promise<void> {
  const program = compileForward();
  const testpmd = hasTestpmd();
  const head = ["loop", "burst", "TypeScript", "C", "C, DPDK's pool", ...modes];
  const ratios = ["of C", "goal", "of macswap"];
  const table = new Table({ head: [...head, ...ratios], style: { head: [], border: [] } });
  for (const loop of loops.filter(({ name }) => only.length === 0 || only.includes(name))) {
    if (loop.pages === "huge" && freeHugepages() < hugepagesNeeded) {
      console.error(`${loop.name} needs hugepages: sysctl vm.nr_hugepages=${hugepagesNeeded}`);
      continue;
    }
    using namespace = openWire(loop);
    const prefix = namespace ? ["ip", "netns", "exec", namespace.name] : [];
    for (const burst of bursts) {
      const contest = { loop, burst, prefix, program, testpmd };
      const rates = await compete(contest, repetitions);
      const ours = rates.typescript!;
      const row = [
        ...[loop.name, burst, millions(ours), millions(rates.c), millions(rates["c-default-pool"])],
        ...modes.map((mode) => millions(rates[mode])),
        ...[ratio(ours, rates.c), loop.goal, ratio(ours, rates.macswap)],
      ];
      console.error(
        head
          .concat(ratios)
          .map((name, i) => `${name} ${row[i]}`)
          .join(", "),
      );
      table.push(row);
    }
  }
  console.log("million frames a second of the forwarding thread's CPU time");
  console.log(table.toString());
}
