/**
 * One end of a wire between two processes, as ib_send_bw and ib_send_lat have it: prints its queue pair as a
 * line of JSON, reads the other's from standard input, then sends or answers, and prints what it measured.
 *
 *     verbs-end.ts send|receive|ping|pong DEVICE BYTES BATCH COUNT CPU
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Batch } from "@iopath/contract";
import { pinToCpu } from "@iopath/native";
import {
  Arena,
  bufferMask,
  type Peer,
  QueuePair,
  ReceiveQueue,
  SendQueue,
  VerbsDevice,
} from "@iopath/pvrdma";

const [role, deviceName, bytesText, batchText, countText, cpu] = process.argv.slice(2) as string[];
const [bytes, batchSize, count] = [bytesText, batchText, countText].map(Number) as [
  number,
  number,
  number,
];
const limitMs = 60_000;
const buffers = 512;

if (cpu !== undefined) pinToCpu(Number(cpu));
using resources = new DisposableStack();
const device = resources.use(new VerbsDevice(deviceName!));
const pair = resources.use(new QueuePair(device, "rc"));
pair.initialize();
const receiveArena = resources.use(new Arena(2 * buffers));
const sendArena = resources.use(new Arena(buffers));
const receiver = new ReceiveQueue(pair, receiveArena, "send", resources);
const { qpn, gid } = pair.peer;
console.log(JSON.stringify({ qpn, gid: [...gid] }));
const [line] = (await once(createInterface({ input: process.stdin }), "line")) as [string];
const other = JSON.parse(line) as { qpn: number; gid: number[] };
const peer: Peer = { qpn: other.qpn, gid: Uint8Array.from(other.gid) };
pair.connect(peer);
const sender = new SendQueue(pair, { peer }, sendArena, resources);
const giveUpAt = performance.now() + limitMs;
const batch = new Batch(512);

/** Sends `n` messages as one burst, as soon as there is room. */
function send(n: number): void {
  for (let tries = 0; sendArena.freeCount < n; tries++) {
    sender.reclaim();
    lookAtClock(tries);
  }
  for (let i = 0; i < n; i++) {
    batch.offset[i] = sendArena.free[--sendArena.freeCount]!;
    batch.length[i] = bytes;
  }
  batch.count = n;
  if (sender.transmit(batch) !== n) throw new Error(device.trouble ?? "sends were refused");
}

/** Takes what has come. */
function receive(): number {
  const n = receiver.receive(batch);
  for (let i = 0; i < n; i++) {
    receiveArena.free[receiveArena.freeCount++] = batch.offset[i]! & bufferMask;
  }
  return n;
}

function receiveAll(n: number): void {
  let left = n;
  for (let tries = 0; left > 0; tries++) {
    left -= receive();
    lookAtClock(tries);
  }
}

function lookAtClock(tries: number): void {
  if ((tries & 1023) !== 1023 || performance.now() < giveUpAt) return;
  throw new Error(`no end after ${limitMs / 1000} s: ${device.trouble ?? "the peer is silent"}`);
}

const roles: Record<string, () => object> = {
  send() {
    for (let i = 0; i < count; i += batchSize) send(batchSize); // the compiler's turn
    const start = performance.now();
    for (let i = 0; i < count; i += batchSize) send(batchSize);
    for (let tries = 0; sendArena.freeCount < buffers; tries++) {
      sender.reclaim();
      lookAtClock(tries);
    }
    return { messagesPerSecond: count / ((performance.now() - start) / 1000) };
  },
  receive() {
    receiveAll(2 * count);
    return {};
  },
  ping() {
    const halfUs = new Float64Array(count);
    for (let i = 0; i < 2 * count; i++) {
      const start = performance.now();
      send(1);
      receiveAll(1);
      halfUs[i % count] = (performance.now() - start) * 500;
    }
    halfUs.sort();
    return { p50Us: halfUs[count >> 1]! };
  },
  pong() {
    for (let i = 0; i < 2 * count; i++) {
      receiveAll(1);
      send(1);
    }
    return {};
  },
};
console.log(JSON.stringify(roles[role!]!()));
process.exit(0);
