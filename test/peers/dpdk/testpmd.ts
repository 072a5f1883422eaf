/**
 * dpdk-testpmd on a closed loop: what it forwards in a second of its forwarding thread's CPU time.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { ealArguments, type Loop } from "./loops.ts";

const answerLimitMs = 120_000;
/** Peers and links come up in their own time, for which testpmd does not wait. */
const linkMs = 500;

interface TestpmdOrder {
  readonly loop: Loop;
  readonly burst: number;
  /** For warming up, and for measuring. */
  readonly durationMs: number;
  readonly cpus: readonly [main: number, forwarding: number];
  /** What to start it with, "ip netns exec NAME" for instance. */
  readonly prefix: readonly string[];
}

/** testpmd's prompt, to which each command is answered. */
class Console {
  readonly #child: ChildProcessWithoutNullStreams;
  #said = "";

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.on("data", (data) => {
      this.#said += data;
    });
    child.stderr.on("data", (data) => {
      this.#said += data;
    });
  }

  /**
   * What is said until the prompt that follows `ending`; a command's echo has a prompt in it as
   * well.
   */
  async answer(ending: string, command?: string): Promise<string> {
    if (command !== undefined) {
      this.#said = "";
      this.#child.stdin.write(`${command}\n`);
    }
    const giveUpAt = Date.now() + answerLimitMs;
    const whole = new RegExp(`${ending}[^]*testpmd> $`);
    while (!whole.test(this.#said)) {
      if (Date.now() > giveUpAt || this.#child.exitCode !== null) {
        throw new Error(`testpmd does not answer: ${this.#said.slice(-500)}`);
      }
      await setTimeout(5);
    }
    return this.#said;
  }
}

export async function measureTestpmd(order: TestpmdOrder): Promise<number> {
  const { loop, burst, durationMs, cpus, prefix } = order;
  const args = [
    ...prefix,
    ...["stdbuf", "--output=L"], // into a pipe, it would keep its answers until it ends
    "dpdk-testpmd",
    ...ealArguments(loop, cpus.join(",")),
    ...["--", "-i", "--forward-mode=macswap", `--burst=${burst}`, "--nb-cores=1"],
    ...["--rxd=1024", "--txd=1024", "--total-num-mbufs=8192"],
    `--port-topology=${loop.from === loop.to ? "loop" : "paired"}`,
  ];
  const child = spawn(args[0]!, args.slice(1));
  try {
    const console = new Console(child);
    await console.answer("");
    await setTimeout(linkMs);
    const windows = loop.frames === 0 ? "" : ` tx_first ${loop.frames / burst}`;
    await console.answer("packet forwarding", `start${windows}`);
    await setTimeout(durationMs);
    const first = await look(console, child.pid!);
    await setTimeout(durationMs);
    const second = await look(console, child.pid!);
    const frames = second.frames - first.frames;
    if (frames > 0) return frames / (second.cpuSeconds - first.cpuSeconds);
    throw new Error(`testpmd forwarded nothing on ${loop.name}`);
  } finally {
    child.kill("SIGKILL");
  }
}

async function look(console: Console, pid: number) {
  const text = await console.answer("Tx-pps", "show port stats all");
  const cpuSeconds = forwardingSeconds(pid);
  const sent = [...text.matchAll(/TX-packets: (\d+)/g)].map(([, count]) => Number(count));
  return { frames: sent.reduce((sum, count) => sum + count, 0), cpuSeconds };
}

/**
 * Of DPDK's only worker: "lcore-worker-1", since 23.07 "dpdk-worker1". proc(5): schedstat in
 * nanoseconds.
 */
function forwardingSeconds(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const worker = readdirSync(tasks).find((task) =>
    /worker/.test(readFileSync(`${tasks}/${task}/comm`, "utf8")),
  );
  if (worker === undefined) throw new Error("testpmd has no thread that forwards");
  return Number(readFileSync(`${tasks}/${worker}/schedstat`, "utf8").split(" ")[0]) / 1e9;
}
