/**
 * Runs in a guest of two processors: perftest and ibv_rc_pingpong, and the same with this project's
 * queues, in turns. Server and client have a processor each. Prints JSON.
 *
 *     send-pairs.ts DEVICE GID_INDEX BURST ROUNDS
 *
 * QEMU's pvrdma completes sends that ask for no completion, and overruns the queue that perftest
 * makes for a list of sends (`--post_list`) or for some of them (`--cq-mod`): there it can only
 * send one by one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loaderFlags } from "@iopath/native";

const [device, gidIndex, burst, roundsText] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const messages = { stream: "200000", pingpong: "5000" } as const;
const ours = [
  process.execPath,
  "--single-threaded",
  ...loaderFlags(),
  join(import.meta.dirname, "send.ts"),
];
const limitMs = 100_000;
/** Until a server listens: perftest's client does not try again. */
const headStartMs = 1500;

/** Figures of a kind, a round each. */
export interface Contest {
  readonly ours: number[];
  readonly theirs: number[];
}

type Command = readonly string[];

function start(cpu: 0 | 1, command: Command): { child: ChildProcess; text: Promise<string> } {
  const child = spawn("taskset", ["-c", String(cpu), ...command], { timeout: limitMs });
  let text = "";
  child.stdout!.on("data", (chunk) => (text += chunk));
  child.stderr!.on("data", (chunk) => (text += chunk));
  const ended = once(child, "close").then(([status]) => {
    if (status === 0) return text;
    throw new Error(`${command.join(" ")} ended with status ${status}: ${text}`);
  });
  return { child, text: ended };
}

/** What the client printed. */
async function meet(server: Command, client: Command): Promise<string> {
  const first = start(0, server);
  await setTimeout(headStartMs);
  const second = start(1, client);
  try {
    const [, text] = await Promise.all([first.text, second.text]);
    return text;
  } finally {
    first.child.kill("SIGKILL");
    second.child.kill("SIGKILL");
  }
}

async function ourFigure(
  kind: "stream" | "pingpong",
  port: number,
  name: "messagesPerSecond" | "halfUs" | "roundTripUs",
): Promise<number> {
  const command = (role: string) => [
    ...[...ours, kind, role, device, String(port)],
    ...[messages[kind], burst],
  ];
  const text = await meet(command("server"), command("client"));
  return (JSON.parse(text) as Record<string, number>)[name]!;
}

/** The numbers of the line below the head that has this word in it. */
function numbersBelow(text: string, word: string): number[] {
  const lines = text.split("\n");
  const line = lines[lines.findIndex((one) => one.includes(word)) + 1] ?? "";
  const numbers = line.trim().split(/\s+/).map(Number);
  if (numbers.some(Number.isNaN) || numbers.length < 2) throw new Error(`not understood: ${text}`);
  return numbers;
}

async function perftest(program: string, port: number, ...options: string[]): Promise<string> {
  const common = ["-d", device, "-x", gidIndex, "-s", "64", "-p", String(port), "-F", ...options];
  return await meet([program, ...common], [program, ...common, "127.0.0.1"]);
}

const contests = {
  "ib_send_bw, messages a second": {
    ours: (port: number) => ourFigure("stream", port, "messagesPerSecond"),
    theirs: async (port: number) => {
      const list = burst === "1" ? ["-Q", "1"] : ["-l", burst];
      const text = await perftest("ib_send_bw", port, ...list, "-n", messages.stream);
      return numbersBelow(text, "MsgRate")[4]! * 1e6;
    },
  },
  "ib_send_lat, median of half a round trip, us": {
    ours: (port: number) => ourFigure("pingpong", port, "halfUs"),
    theirs: async (port: number) => {
      const text = await perftest("ib_send_lat", port, "-n", messages.pingpong);
      return numbersBelow(text, "t_typical")[4]!;
    },
  },
  "ibv_rc_pingpong, mean of a round trip, us": {
    ours: (port: number) => ourFigure("pingpong", port, "roundTripUs"),
    theirs: async (port: number) => {
      const options = ["-d", device, "-g", gidIndex, "-s", "64", "-n", messages.pingpong];
      const command = ["ibv_rc_pingpong", ...options, "-p", String(port)];
      const text = await meet(command, [...command, "127.0.0.1"]);
      return Number(/([\d.]+) usec\/iter/.exec(text)![1]);
    },
  },
};

if (!readFileSync("/proc/cpuinfo", "utf8").includes("processor\t: 1")) {
  throw new Error("server and client need a processor each");
}
const found: Record<string, Contest> = {};
for (const name of Object.keys(contests)) found[name] = { ours: [], theirs: [] };
let port = 18_600;
for (let round = 0; round < Number(roundsText); round++) {
  for (const [name, { ours: we, theirs: they }] of Object.entries(contests)) {
    found[name]!.ours.push(await we(port++));
    found[name]!.theirs.push(await they(port++));
  }
}
console.log(JSON.stringify(found));
