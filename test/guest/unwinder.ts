/**
 * Whether the profiler's stacks are those of an unwinder of another make: in a guest that is
 * profiled, `perf record -g` samples the kernel's stacks, which the kernel unwinds by its ORC
 * tables. Each sampled stack must be one of those that were counted. Prints a line per cell and the
 * stacks that are not; ends with 1 when there are any. Needs Debian's linux-perf on this machine.
 *
 *     npm run guest:unwinder [-- PATH/VARIANT...]
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Guest, igb, setUpGuestPackages, setUpProfiler } from "@iopath/lab/guest";
import { parseRawStacks } from "../../harness/src/profile/raw-stacks.ts";
import { GuestProfiling } from "../../harness/src/runner/guest-profiling.ts";
import { namingFlags } from "../../harness/src/trial/loop/profiled-loop.ts";
import { trialFlags } from "../../harness/src/trial/trial-process.ts";
import {
  type Chain,
  countedChains,
  isAmong,
  isCut,
  newNamesOfKernel,
  sampledChains,
} from "./kernel-chains.ts";

const usual = ["xdp/native", "xdp/af-xdp", "kernel-sockets/packet-mmsg"];
const limitMs = 600_000;
const program = join(import.meta.dirname, "sampled-in-guest.ts");
const perfProgram = "/usr/bin/perf";
/** Nanoseconds of the guest's time: no multiple of a timer's. */
const samplePeriod = 47_111;
const shownMax = 20;
/** Sampling is not made slower where it takes much of the time. */
const sampling = ["kernel.perf_event_max_sample_rate=100000", "kernel.perf_cpu_time_max_percent=0"];

const sizes = { frameBytes: 64, flows: 1, window: 64, burst: 64, workers: 1 };
const amounts = { warmUpWindows: 400, samples: 400 };

/** Runs a command in the guest to its end. @returns what it printed */
async function ask(guest: Guest, command: readonly [string, ...string[]], input = "") {
  let output = "";
  const status = await guest.run([...command], {
    limitMs,
    input,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => process.stderr.write(chunk),
  });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status} in the guest`);
  return output;
}

async function sampleCell(guest: Guest, profiling: GuestProfiling, cell: string) {
  const [path, variant] = cell.split("/") as [string, string];
  const folder = `/run/sampled-${randomBytes(4).toString("hex")}`;
  const control = { commands: `${folder}/commands`, answers: `${folder}/answers` };
  await ask(guest, ["mkdir", folder]);
  await ask(guest, ["mkfifo", control.commands, control.answers]);
  const asked = { role: "closed-loop", path, variant, ...sizes, ...amounts };
  const request = { ...asked, profiling: profiling.next(), control };
  const node = [process.execPath, "--single-threaded", ...trialFlags(), ...namingFlags, program];
  const events = ["-e", "cpu-clock:k", "-c", String(samplePeriod), "-g", "-i", "-m", "4096"];
  const when = ["-D", "-1", "--control", `fifo:${control.commands},${control.answers}`];
  const data = `${folder}/perf.data`;
  const record = [perfProgram, "record", "-q", ...events, ...when, "-o", data, "--", ...node];
  await ask(guest, record as [string, ...string[]], JSON.stringify(request));
  const script = await ask(guest, [perfProgram, "script", "-i", data, "-F", "ip,sym"]);
  const raw = profiling.take();
  if ("missing" in raw) throw new Error(raw.missing);
  return { script, raw };
}

function report(cell: string, script: string, raw: { stacks: string; kernel: string }): boolean {
  const stacks = parseRawStacks(raw.stacks);
  const nameOf = newNamesOfKernel(raw.kernel, stacks);
  const counted = countedChains(stacks, nameOf);
  const sampled = sampledChains(script, nameOf);
  const sum = (chains: Iterable<[Chain, number]>) =>
    [...chains].reduce((all, [, count]) => all + count, 0);
  const strange = [...sampled].filter(([chain]) => !isAmong(chain, counted));
  const cut = [...sampled].filter(([chain]) => isCut(chain));
  console.log(
    `${cell}: ${sum(sampled)} samples of ${sampled.size} stacks; ` +
      `${sampled.size - strange.length} of them, and ${sum(sampled) - sum(strange)} samples, ` +
      `are among the ${counted.size} that were counted (${sum(cut)} end in a BPF program)`,
  );
  for (const [chain, count] of strange.sort(([, a], [, b]) => b - a).slice(0, shownMax)) {
    console.log(`  not counted, sampled ${count} times: ${chain}`);
  }
  return strange.length === 0 && sampled.size > 0;
}

if (!existsSync(perfProgram)) throw new Error("no perf here: `sudo apt-get install linux-perf`");
const cells = process.argv.length > 2 ? process.argv.slice(2) : usual;
const tell = (line: string) => console.error(line);
await setUpGuestPackages(tell, igb);
const profiler = await setUpProfiler(tell, igb);
using guest = await Guest.boot({ clock: "instructions", machine: igb, profiler });
const profiling = await GuestProfiling.open(guest);
await ask(guest, ["sysctl", "-q", "-w", ...sampling]);
let isWhole = true;
for (const cell of cells) {
  const { script, raw } = await sampleCell(guest, profiling, cell);
  isWhole = report(cell, script, raw) && isWhole;
}
process.exitCode = isWhole ? 0 : 1;
