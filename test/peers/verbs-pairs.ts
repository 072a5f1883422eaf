/**
 * Runs in a guest: our verbs against perftest's and libibverbs' own ping-pong, in alternation, each in two
 * processes on two processors. Prints a line of JSON a measurement.
 *
 *     verbs-pairs.ts DEVICE GID_INDEX REPETITIONS
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

const [device, gidIndex, repetitions] = process.argv.slice(2) as [string, string, string];
const end = join(import.meta.dirname, "verbs-end.ts");
const bytes = 64;
const batch = 32;
const streamed = 20_480;
const pinged = 2000;
const limitMs = 90_000;
/** A server of perftest listens soon after it is started, and says so nowhere. */
const listenMs = 1500;

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], timeout: limitMs });
}

/** Two ends of ours, each told of the other; what the first one measured. */
async function ours(roles: readonly [string, string], count: number): Promise<object> {
  const ends = roles.map((role, cpu) => {
    const args = [end, role, device, String(bytes), String(batch), String(count), String(cpu)];
    const child = start(process.execPath, args);
    return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() };
  });
  const addresses = await Promise.all(ends.map(({ lines }) => lines.next()));
  ends.forEach(({ child }, i) => void child.stdin!.end(`${addresses[1 - i]!.value as string}\n`));
  const [first] = await Promise.all(ends.map(({ lines }) => lines.next()));
  return JSON.parse(first!.value as string) as object;
}

/** A server and a client of a program, on a processor each; what the client printed. */
async function theirs(program: string, args: readonly string[]): Promise<string> {
  const on = (cpu: number, more: readonly string[]) =>
    start("taskset", ["-c", String(cpu), program, ...args, ...more]);
  const server = on(1, []);
  await setTimeout(listenMs);
  const client = on(0, ["127.0.0.1"]);
  const said = text(client.stdout!);
  server.stdout!.resume();
  await Promise.all([once(client, "exit"), once(server, "exit")]);
  return await said;
}

const common = ["-d", device, "-x", gidIndex, "-s", String(bytes), "-F"];
/** QEMU's device completes each send, asked for or not; with fewer asked for, perftest counts them wrong. */
const depth = ["-t", "512", "-r", "512", "-l", String(batch), "-Q", "1"];

async function sendBandwidth(): Promise<object> {
  const said = await theirs("ib_send_bw", [...common, ...depth, "-n", String(streamed)]);
  // #bytes #iterations peak[MB/s] average[MB/s] MsgRate[Mpps]
  const row = said.split("\n").find((line) => line.trim().startsWith(`${bytes} `));
  return { messagesPerSecond: Number(row?.trim().split(/\s+/)[4]) * 1e6 };
}

async function sendLatency(): Promise<object> {
  const said = await theirs("ib_send_lat", [...common, "-n", String(pinged)]);
  // #bytes #iterations t_min t_max t_typical ...
  const row = said.split("\n").find((line) => line.trim().startsWith(`${bytes} `));
  return { p50Us: Number(row?.trim().split(/\s+/)[4]) };
}

/** Its own figure is the mean of a whole round. */
async function pingPong(): Promise<object> {
  const args = ["-d", device, "-g", gidIndex, "-s", String(bytes), "-n", String(pinged)];
  const said = await theirs("ibv_rc_pingpong", args);
  return { meanUs: Number(/= ([\d.]+) usec\/iter/.exec(said)?.[1]) / 2 };
}

const measurements: [string, () => Promise<object>][] = [
  ["iopath stream", () => ours(["send", "receive"], streamed)],
  ["ib_send_bw", sendBandwidth],
  ["iopath ping-pong", () => ours(["ping", "pong"], pinged)],
  ["ib_send_lat", sendLatency],
  ["ibv_rc_pingpong", pingPong],
];
for (let i = 0; i < Number(repetitions); i++) {
  for (const [name, measure] of measurements) {
    console.log(JSON.stringify({ name, ...(await measure()) }));
  }
}
