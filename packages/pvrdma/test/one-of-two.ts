/**
 * One of two processes on a verbs device each, on one host or in two guests: the forwarder, or the
 * tester. They tell each other of their queue pairs over TCP, as perftest does.
 *
 *     one-of-two.ts forwarder|tester FRAMES DEVICE FORWARDERS_ADDRESS PORT
 *
 * A `dying-tester` ends by SIGKILL as soon as it has sent its frames, and a `late-forwarder`
 * forwards them when its tester is gone.
 */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { explain, Judge, nextOnWire, polledForwarder } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import {
  Arena,
  type Peer,
  QueuePair,
  queueTesters,
  ReceiveQueue,
  SendQueue,
  VerbsDevice,
} from "../src/index.ts";
import { portsOn } from "./ports.ts";

const [role, framesText, device, address, portText] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const [frames, port] = [Number(framesText), Number(portText)];
const windowFrames = 64;
const limitMs = 240_000;
const giveUpAt = performance.now() + limitMs;
const ports = portsOn(device);

/** The forwarder, as soon as it listens. */
async function reach(): Promise<Socket> {
  for (;;) {
    const socket = connect(port, address);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await setTimeout(200);
    }
  }
}

async function accept(): Promise<Socket> {
  const server = createServer().listen(port, address);
  const [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  return socket;
}

type Lines = AsyncIterator<string>;

function linesOf(socket: Socket): Lines {
  return createInterface({ input: socket })[Symbol.asyncIterator]();
}

/** Tells the other side of two queue pairs, and returns its two. */
async function exchange(
  socket: Socket,
  lines: Lines,
  pairs: readonly QueuePair[],
): Promise<[Peer, Peer]> {
  const ours = pairs.map(({ peer }) => ({ qpn: peer.qpn, gid: [...peer.gid] }));
  socket.write(`${JSON.stringify(ours)}\n`);
  const { value } = await lines.next();
  const theirs = JSON.parse(value) as { qpn: number; gid: number[] }[];
  return theirs.map(({ qpn, gid }) => ({ qpn, gid: Uint8Array.from(gid) })) as [Peer, Peer];
}

function late(): boolean {
  return performance.now() > giveUpAt;
}

async function forward(resources: DisposableStack, pairs: [QueuePair, QueuePair]) {
  const [ingress, egress] = pairs;
  const arena = resources.use(new Arena(2048));
  const socket = await accept();
  const [into, outOf] = await exchange(socket, linesOf(socket), pairs);
  const receiver = new ReceiveQueue(ingress, arena, "send", resources);
  ingress.connect(into);
  egress.connect(outOf);
  const sender = new SendQueue(egress, { peer: outOf }, arena, resources);
  const counters = () => ({
    received: receiver.received,
    sent: sender.sent,
    unsent: sender.unsent,
  });
  const path = {
    kind: "polled" as const,
    memory: arena.memory.u8,
    ingress: receiver,
    egress: sender,
    counters,
    [Symbol.dispose]: () => {},
  };
  const forwarder = polledForwarder(path, ports[1], { burst: windowFrames, workload: ipv4Forward });
  socket.write("ready\n");
  let gone = false;
  socket.on("error", () => {}); // a tester that is killed resets it
  const closed = once(socket, "close").then(() => {
    gone = true;
  });
  if (role === "late-forwarder") await closed;
  // What was on the way when the tester went is forwarded as well.
  const step = () => {
    for (let i = 0; i < 1000; i++) forwarder.step();
    sender.reclaim();
  };
  while (!gone && !late()) {
    step();
    await setTimeout(0);
  }
  step();
  const trouble = receiver.device.trouble ?? null;
  return { ...counters(), dropped: [...forwarder.counters().dropped], trouble };
}

async function test(resources: DisposableStack, pairs: [QueuePair, QueuePair]) {
  const [into, outOf] = pairs;
  const socket = await reach();
  const lines = linesOf(socket);
  const [ingress, egress] = await exchange(socket, lines, pairs);
  const arena = resources.use(new Arena(1024));
  const testers = queueTesters({
    into,
    ingress: { peer: ingress },
    outOf,
    arena,
    operation: "send",
  });
  using tester = testers.verifying();
  into.connect(ingress);
  outOf.connect(egress);
  await lines.next(); // the forwarder is ready
  const next = ipv4Forward.randomFrames(20_26, {
    destinationMac: ports[0].mac,
    sourceMac: ports[0].neighbor.mac,
  });
  const judge = new Judge(ipv4Forward);
  const start = performance.now();
  for (let sent = 0; sent < frames; sent += windowFrames) {
    const window = Array.from({ length: windowFrames }, () => nextOnWire(next, undefined));
    for (const frame of window) {
      const outcome = ipv4Forward.reference(frame, {
        destinationMac: ports[1].neighbor.mac,
        sourceMac: ports[1].mac,
      });
      if (outcome.forwarded) judge.expect(outcome.frame);
    }
    tester.send(window);
    if (role === "dying-tester" && sent + windowFrames >= frames)
      process.kill(process.pid, "SIGKILL");
    if (role === "dying-tester") continue;
    while (judge.outstanding > 0 && !late()) {
      for (const frame of tester.collect()) judge.see(frame);
    }
  }
  const seconds = (performance.now() - start) / 1000;
  socket.end();
  return { ...judge.verdict(), framesPerSecond: Math.round(frames / seconds) };
}

try {
  using resources = new DisposableStack();
  const opened = resources.use(new VerbsDevice(device));
  const pairs = [0, 1].map(() => {
    const pair = resources.use(new QueuePair(opened, "rc"));
    pair.initialize();
    return pair;
  }) as [QueuePair, QueuePair];
  const done = await (role.endsWith("forwarder") ? forward : test)(resources, pairs);
  console.log(JSON.stringify(done));
  process.exit(0);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
