/**
 * Scenarios for tests, run by name on a verbs device; each prints JSON. Usage: scenarios.ts NAME
 * DEVICE
 */

import { Batch, explain, openForwarder } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { Arena, bufferMask } from "../src/arena.ts";
import { VerbsDevice } from "../src/device.ts";
import { pvrdma, type VerbsPath } from "../src/index.ts";
import { QueuePair, type Transport } from "../src/queue-pair.ts";
import { ReceiveQueue } from "../src/receive-queue.ts";
import { SendQueue } from "../src/send-queue.ts";
import { portsOn } from "./ports.ts";

const [scenario, deviceName] = process.argv.slice(2) as [string, string];
const ports = portsOn(deviceName);
const settleMs = 120_000;

/** Asks until the answer is not undefined; a device takes its time. */
function settle<T>(ask: () => T | undefined): T | undefined {
  const giveUpAt = performance.now() + settleMs;
  for (;;) {
    const answer = ask();
    if (answer !== undefined || performance.now() > giveUpAt) return answer;
  }
}

/** Two connected queue pairs, an arena each, and no receive posted yet. */
function openWire(resources: DisposableStack, transport: Transport) {
  const device = resources.use(new VerbsDevice(deviceName));
  const [sender, receiver] = [0, 1].map(() => {
    const pair = resources.use(new QueuePair(device, transport));
    pair.initialize();
    return pair;
  }) as [QueuePair, QueuePair];
  sender.connect(receiver.peer);
  receiver.connect(sender.peer);
  const [near, far] = [resources.use(new Arena(64)), resources.use(new Arena(1024))];
  return {
    device,
    sender,
    receiver,
    near,
    far,
    queue: new SendQueue(sender, { peer: receiver.peer }, near, resources),
  };
}

function send(queue: SendQueue, arena: Arena, bytes: readonly number[]): number {
  const batch = new Batch(bytes.length);
  for (const [i, length] of bytes.entries()) {
    batch.offset[i] = arena.free[--arena.freeCount]!;
    batch.length[i] = length;
    arena.memory.u8.fill(i + 1, batch.offset[i]!, batch.offset[i]! + length);
  }
  batch.count = bytes.length;
  return queue.transmit(batch);
}

function receive(queue: ReceiveQueue, arena: Arena): number[][] {
  const batch = new Batch(64);
  const count = queue.receive(batch);
  return Array.from({ length: count }, (_, i) => {
    const at = batch.offset[i]!;
    arena.free[arena.freeCount++] = at & bufferMask;
    return [batch.length[i]!, arena.memory.u8[at]!];
  });
}

/** What was said of it. */
function refusal(attempt: () => void): string {
  try {
    attempt();
    return "nothing was refused";
  } catch (error) {
    return explain(error);
  }
}

const scenarios: Record<string, () => unknown> = {
  laws: async () => {
    const findings: object[] = [];
    for (const variant of ["rc-send", "ud-send"]) {
      for (const { name, law, workload } of lawCases) {
        using forwarder = openForwarder(pvrdma, variant, ports, { burst: 64, workload });
        using tester = (forwarder.path as VerbsPath).testers.verifying();
        const { send, collect } = tester;
        const subject = { forwarder, ingress: ports[0], egress: ports[1], send, collect };
        const problem = (await law.check(subject, 20_26)) ?? null;
        findings.push({ variant, law: name, problem });
      }
    }
    return findings;
  },

  /** A send without a posted receive waits, and completes as soon as there is one. */
  "dry queue": () => {
    using resources = new DisposableStack();
    const { near, far, receiver, queue } = openWire(resources, "rc");
    const sent = send(queue, near, [60, 61]);
    queue.reclaim();
    const held = near.free.length - near.freeCount;
    const receives = new ReceiveQueue(receiver, far, "send", resources);
    const came: number[][] = [];
    settle(() => {
      came.push(...receive(receives, far));
      return came.length >= sent ? came : undefined;
    });
    settle(() => {
      queue.reclaim();
      return near.freeCount === near.free.length ? true : undefined;
    });
    return { sent, held, came, freed: near.freeCount };
  },

  "dry datagrams": () => {
    using resources = new DisposableStack();
    const { near, far, receiver, queue } = openWire(resources, "ud");
    send(queue, near, [60]);
    // Until it is gone: a completion of a datagram says that it has left.
    settle(() => {
      queue.reclaim();
      return near.freeCount === near.free.length ? true : undefined;
    });
    const receives = new ReceiveQueue(receiver, far, "send", resources);
    send(queue, near, [61]);
    return settle(() => {
      const came = receive(receives, far);
      return came.length > 0 ? came : undefined;
    });
  },

  /** A receiver whose queue pair is gone in mid-burst. */
  "peer gone": () => {
    using resources = new DisposableStack();
    const { device, near, receiver, queue } = openWire(resources, "rc");
    receiver[Symbol.dispose]();
    const sent = send(queue, near, [60, 60, 60]);
    settle(() => {
      queue.reclaim();
      return near.freeCount === near.free.length ? true : undefined;
    });
    return { sent, trouble: device.trouble, freed: near.freeCount };
  },

  /** A peer at an unused address. */
  "no route": () => {
    using resources = new DisposableStack();
    const pair = resources.use(new QueuePair(resources.use(new VerbsDevice(deviceName)), "rc"));
    pair.initialize();
    const gid = new Uint8Array(16);
    gid.set([0xff, 0xff, 203, 0, 113, 1], 10); // 203.0.113.1, RFC 5737
    return refusal(() => pair.connect({ qpn: 17, gid }));
  },

  /** A port that the device does not have, found out by the kernel. */
  "port gone": () => {
    using resources = new DisposableStack();
    const device = resources.use(new VerbsDevice(deviceName));
    const lost = Object.create(device, { port: { value: 9 } });
    const pair = resources.use(new QueuePair(lost as VerbsDevice, "rc"));
    return refusal(() => pair.initialize());
  },

  /** An index that was there when it was asked for, and is gone. */
  "GID gone": () => {
    using resources = new DisposableStack();
    const device = resources.use(new VerbsDevice(deviceName));
    const lost = Object.create(device, { gid: { value: { ...device.gid, index: 15 } } });
    const pair = resources.use(new QueuePair(lost as VerbsDevice, "rc"));
    pair.initialize();
    return refusal(() => pair.connect(pair.peer));
  },

  probe: () => pvrdma.probe("rc-send", ports, ipv4Forward),
  "probe datagrams": () => pvrdma.probe("ud-send", ports, ipv4Forward),
  "write with immediate data": () => pvrdma.probe("rc-write-imm", ports, ipv4Forward),
};

try {
  console.log(JSON.stringify(await scenarios[scenario]!()));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
