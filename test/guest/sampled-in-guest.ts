/**
 * Runs in a guest with the profiler, below `perf record`, which waits for its word: one window that
 * is many exchanges long, in which perf samples the kernel's stacks. What is sampled is counted,
 * perf's own switching on and off included. Takes a closed-loop request with `control`, the two
 * fifos of perf, as JSON on standard input, and makes its lab itself.
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { VethLab } from "@iopath/lab";
import { compileEarly } from "@iopath/native";
import { loadPath } from "../../harness/src/paths/loaders.ts";
import { newExchange } from "../../harness/src/trial/loop/exchange.ts";
import { ProfiledLoop } from "../../harness/src/trial/loop/profiled-loop.ts";
import { openTrial } from "../../harness/src/trial/open-trial.ts";
import type { ClosedLoopRequest } from "../../harness/src/trial/request.ts";

interface SampledRequest extends Omit<ClosedLoopRequest, "testbed"> {
  readonly control: { readonly commands: string; readonly answers: string };
}

/** perf-record(1), `--control`: a command a line, and "ack" in return. */
class PerfControl implements Disposable {
  readonly #commands: number;
  readonly #answers: number;
  readonly #answer = Buffer.alloc(16);

  constructor({ commands, answers }: SampledRequest["control"]) {
    // For both directions: so neither opening waits for the other end.
    this.#commands = openSync(commands, "r+");
    this.#answers = openSync(answers, "r+");
  }

  /** Returns when perf has done it. */
  say(command: "enable" | "disable"): void {
    writeSync(this.#commands, `${command}\n`);
    const bytes = readSync(this.#answers, this.#answer);
    const answer = this.#answer.toString("latin1", 0, bytes);
    if (!answer.startsWith("ack")) throw new Error(`perf answered ${answer} to ${command}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#commands);
    closeSync(this.#answers);
  }
}

const request: SampledRequest = JSON.parse(await text(process.stdin));
const path = await loadPath(request);
compileEarly();
using lab = new VethLab();
using trial = openTrial({ ...request, testbed: { ...lab.testbed, class: "emulated" } }, path);
using perf = new PerfControl(request.control);
const exchange = newExchange(trial.tester, trial.forwarder, request.window);
const profiled = new ProfiledLoop(request.profiling!);
for (let i = 0; i < request.warmUpWindows; i++) exchange();
globalThis.gc?.();
profiled.begin();
const oneWindow = profiled.marked(() => {
  performance.now(); // what is counted begins here, and ends at the next look
  perf.say("enable");
  for (let i = 0; i < request.samples; i++) exchange();
  perf.say("disable");
  performance.now();
});
oneWindow();
profiled.finish();
