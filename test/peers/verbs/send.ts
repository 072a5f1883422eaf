/**
 * One end of what perftest measures, with this project's queues: `stream` sends bursts of messages
 * as `ib_send_bw` does, `pingpong` one message to and fro as `ib_send_lat` does. The client prints
 * JSON.
 *
 *     send.ts stream|pingpong server|client DEVICE PORT MESSAGES BURST
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { Batch } from "@iopath/contract";
import { compileEarly } from "@iopath/native";
import { Arena, type Peer, QueuePair, ReceiveQueue, SendQueue, VerbsDevice } from "@iopath/pvrdma";
import { quantileSorted } from "simple-statistics";

compileEarly();
const [kind, role, deviceName, portText, messagesText, burstText] = process.argv.slice(2) as [
  "stream" | "pingpong",
  "server" | "client",
  string,
  string,
  string,
  string,
];
const [messages, burst] = [Number(messagesText), Number(burstText)];
const messageBytes = 64;
/** Messages on the way at most: ib_send_bw's default `--tx-depth`. */
const depth = 128;
/** Receives taken in one poll. */
const pollMost = 64;
/**
 * For the compiler, not timed, and both kinds for long: it works in the same thread. perftest needs
 * none.
 */
const warmUpMessages = kind === "stream" ? 200_000 : 60_000;
const limitMs = 240_000;
const giveUpAt = performance.now() + limitMs;
const pollsBetweenLooks = 1_000_000;

interface End {
  readonly arena: Arena;
  readonly sender: SendQueue;
  readonly receiver: ReceiveQueue;
}

async function meet(): Promise<Socket> {
  if (role === "server") {
    const server = createServer().listen(Number(portText), "127.0.0.1");
    const [socket] = (await once(server, "connection")) as [Socket];
    server.close();
    return socket;
  }
  for (;;) {
    const socket = connect(Number(portText), "127.0.0.1");
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await setTimeout(50);
    }
  }
}

async function open(resources: DisposableStack): Promise<End> {
  const device = resources.use(new VerbsDevice(deviceName));
  const pair = resources.use(new QueuePair(device, "rc"));
  pair.initialize();
  const arena = resources.use(new Arena(1024));
  const receiver = new ReceiveQueue(pair, arena, "send", resources);
  const socket = await meet();
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const tell = async (line: string) => {
    socket.write(`${line}\n`);
    return (await lines.next()).value as string;
  };
  const theirs = await tell(JSON.stringify({ qpn: pair.peer.qpn, gid: [...pair.peer.gid] }));
  const { qpn, gid } = JSON.parse(theirs) as { qpn: number; gid: number[] };
  const peer: Peer = { qpn, gid: Uint8Array.from(gid) };
  pair.connect(peer);
  await tell("ready");
  socket.unref();
  return { arena, receiver, sender: new SendQueue(pair, { peer }, arena, resources) };
}

/** Polls until it says so, within the limit. */
function poll(done: () => boolean): void {
  for (;;) {
    for (let i = 0; i < pollsBetweenLooks; i++) if (done()) return;
    if (performance.now() > giveUpAt) throw new Error(`${kind} ${role}: nothing came any more`);
  }
}

/** Takes messages and posts their buffers again, until so many have come. */
function sink({ arena, receiver }: End, count: number): void {
  const batch = new Batch(pollMost);
  const end = receiver.received + count;
  poll(() => {
    const came = receiver.receive(batch);
    for (let i = 0; i < came; i++) arena.free[arena.freeCount++] = batch.offset[i]!;
    return receiver.received >= end;
  });
}

/** Sends so many in bursts, at most `depth` of them on the way; returns when all are complete. */
function stream({ arena, sender }: End, count: number): void {
  const batch = new Batch(burst);
  batch.length.fill(messageBytes);
  const all = arena.freeCount;
  const hasRoom = () => {
    if (all - arena.freeCount <= depth - burst) return true;
    sender.reclaim();
    return false;
  };
  for (let left = count; left > 0; left -= batch.count) {
    poll(hasRoom);
    batch.count = Math.min(burst, left);
    for (let i = 0; i < batch.count; i++) batch.offset[i] = arena.free[--arena.freeCount]!;
    if (sender.transmit(batch) !== batch.count) throw new Error("the send queue is full");
  }
  poll(() => {
    sender.reclaim();
    return arena.freeCount === all;
  });
}

/**
 * @returns microseconds from each message to the next: a round trip. As perftest, one look at the
 *   clock each.
 */
function pingpong({ arena, sender, receiver }: End, count: number): Float64Array {
  const out = new Batch(1);
  const back = new Batch(1);
  const times = new Float64Array(count);
  const hasCome = () => receiver.receive(back) === 1;
  let before = performance.now();
  for (let i = 0; i < count; i++) {
    if (role === "server") poll(hasCome);
    else before = lookAt(times, i, before);
    out.offset[0] = role === "server" ? back.offset[0]! : arena.free[--arena.freeCount]!;
    out.length[0] = messageBytes;
    out.count = 1;
    sender.transmit(out);
    if (role === "server") continue;
    poll(hasCome);
    arena.free[arena.freeCount++] = back.offset[0]!;
  }
  return times.subarray(1);
}

function lookAt(times: Float64Array, i: number, before: number): number {
  const now = performance.now();
  times[i] = (now - before) * 1000;
  return now;
}

function run(end: End, count: number): object {
  if (kind === "pingpong") {
    const times = pingpong(end, count).sort();
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    return { halfUs: quantileSorted([...times], 0.5) / 2, roundTripUs: mean };
  }
  const start = performance.now();
  if (role === "client") stream(end, count);
  else sink(end, count);
  return { messagesPerSecond: count / ((performance.now() - start) / 1000) };
}

using resources = new DisposableStack();
const end = await open(resources);
run(end, warmUpMessages);
const figures = run(end, messages);
if (role === "client") console.log(JSON.stringify(figures));
