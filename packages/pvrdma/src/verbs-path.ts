/**
 * What every variant opens: two queue pairs of the forwarder over one arena, and the tester's two
 * at the other ends of their wires.
 *
 *     tester's memory            forwarder's arena               tester's memory
 *     into  ── port 0's wire ──  ingress ─ in place ─ egress  ── port 1's wire ──  outOf
 */
import {
  ExitStatus,
  frameBytesMax,
  IopathError,
  largestFrameBytes,
  type PolledPath,
  type PortSpec,
  type Room,
} from "@iopath/contract";
import { grhBytes } from "./abi.ts";
import { Arena, bufferBytes } from "./arena.ts";
import { VerbsDevice } from "./device.ts";
import { type Operation, QueuePair, queueDepth, type Transport } from "./queue-pair.ts";
import { queueTesters, type TesterPairs } from "./queue-testers.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { checkObjects, checkWire } from "./self-test.ts";
import { type Destination, SendQueue } from "./send-queue.ts";

/** Both queues full, and the largest burst in the hands of the workload. */
const buffers = 2 * queueDepth + 1024;
/** A full receive queue, and as much again in the hands of the tester. */
const testerBuffers = 2 * queueDepth;

export class VerbsPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: ReceiveQueue;
  readonly egress: SendQueue;
  readonly room: Room;
  readonly testers;
  readonly #resources: DisposableStack;

  constructor(
    arena: Arena,
    queues: { readonly ingress: ReceiveQueue; readonly egress: SendQueue },
    pairs: TesterPairs,
    resources: DisposableStack,
  ) {
    this.memory = arena.memory.u8;
    this.ingress = queues.ingress;
    this.egress = queues.egress;
    this.room = roomOf(pairs);
    this.testers = queueTesters(pairs);
    this.#resources = resources;
  }

  counters() {
    const { received } = this.ingress;
    const { sent, unsent } = this.egress;
    return { received, sent, unsent };
  }

  /** What a device said went wrong first. */
  trouble(): string | undefined {
    return this.ingress.device.trouble ?? this.egress.device.trouble;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** A datagram's route header lies in front of its frame, and nobody reads it. */
function roomOf({ into }: TesterPairs): Room {
  const head = into.transport === "ud" ? grhBytes : 0;
  return { head, tail: bufferBytes - grhBytes - largestFrameBytes };
}

/** How a variant's frames travel. */
export interface Transfer {
  readonly transport: Transport;
  readonly operation: Operation;
}

/**
 * @param ports their devices are verbs devices, once or two different ones; the far end of each
 *   port's wire is at the other port's device
 */
export function openVerbsPath(
  [from, to]: readonly [PortSpec, PortSpec],
  transfer: Transfer,
): VerbsPath {
  const { transport, operation } = transfer;
  using opening = new DisposableStack();
  const first = opening.use(new VerbsDevice(from.device));
  const second = from.device === to.device ? first : opening.use(new VerbsDevice(to.device));
  if (transport === "ud") for (const device of [first, second]) requireWholeFrames(device);
  testWires(transfer, [first, second]);
  const [into, ingress] = openWire(transport, [second, first], opening);
  const [egress, outOf] = openWire(transport, [second, first], opening);
  const arena = opening.use(new Arena(buffers));
  const testerArena = opening.use(new Arena(testerBuffers));
  const queues = {
    ingress: new ReceiveQueue(ingress, arena, operation, opening),
    egress: new SendQueue(egress, destination(outOf, testerArena, operation), arena, opening),
  };
  const pairs = {
    into,
    ingress: destination(ingress, arena, operation),
    outOf,
    arena: testerArena,
    operation,
  };
  return new VerbsPath(arena, queues, pairs, opening.move());
}

/** Two queue pairs that know each other. */
function openWire(
  transport: Transport,
  devices: readonly [VerbsDevice, VerbsDevice],
  resources: DisposableStack,
): [QueuePair, QueuePair] {
  const [near, far] = devices.map((device) => {
    const pair = resources.use(new QueuePair(device, transport));
    checkObjects(pair);
    pair.initialize();
    return pair;
  }) as [QueuePair, QueuePair];
  near.connect(far.peer);
  far.connect(near.peer);
  return [near, far];
}

function destination(pair: QueuePair, arena: Arena, operation: Operation): Destination {
  const { peer, device } = pair;
  return operation === "send" ? { peer } : { peer, target: arena.remoteFor(device) };
}

/** A datagram is not cut up; a connection cuts messages up by itself. */
function requireWholeFrames({ name, port, activeMtu }: VerbsDevice): void {
  const bytes = 128 << activeMtu;
  if (bytes >= largestFrameBytes) return;
  const message = `port ${port} of ${name} has an MTU of ${bytes} bytes, less than a frame of ${frameBytesMax}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "`ip link set DEV mtu 4200` on its network device gives it one of 4096",
  });
}

/** On queue pairs of its own, so that nothing of it is left in those that measure. */
function testWires(
  { transport, operation }: Transfer,
  devices: readonly [VerbsDevice, VerbsDevice],
): void {
  for (const ends of [devices, devices.toReversed()] as [VerbsDevice, VerbsDevice][]) {
    using resources = new DisposableStack();
    const senderArena = resources.use(new Arena(testerBuffers));
    const receiverArena = resources.use(new Arena(testerBuffers));
    const [source, sink] = openWire(transport, ends, resources);
    const receiver = new ReceiveQueue(sink, receiverArena, operation, resources);
    const to = destination(sink, receiverArena, operation);
    const sender = new SendQueue(source, to, senderArena, resources);
    checkWire({ sender, senderArena, receiver, receiverArena, operation, transport });
    if (ends[0] === ends[1]) return;
  }
}
