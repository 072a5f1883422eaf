/** Testers that are a pair of queue pairs: one sends into the forwarder, one receives from it. */
import {
  Batch,
  ExitStatus,
  IopathError,
  type MeasuringTester,
  type OwnTesters,
  type VerifyingTester,
} from "@iopath/contract";
import { Arena, bufferMask } from "./arena.ts";
import { type Operation, type QueuePair, queueDepth } from "./queue-pair.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { type Destination, SendQueue } from "./send-queue.ts";
import { WindowSender } from "./window-sender.ts";

/** A full send queue, and the largest window. */
const buffers = 2 * queueDepth;

export interface TesterPairs {
  /** Sends to `ingress`, the forwarder's. */
  readonly into: QueuePair;
  readonly ingress: Destination;
  /** Receives what the forwarder's egress sends, in this memory. */
  readonly outOf: QueuePair;
  readonly arena: Arena;
  readonly operation: Operation;
}

export function queueTesters(pairs: TesterPairs): OwnTesters {
  return {
    verifying: () => openVerifying(pairs),
    measuring: (window) => openMeasuring(pairs, window),
  };
}

function openVerifying(pairs: TesterPairs): VerifyingTester {
  const { into, ingress, outOf, arena: received, operation } = pairs;
  using opening = new DisposableStack();
  const arena = opening.use(new Arena(buffers));
  const receiver = new ReceiveQueue(outOf, received, operation, opening);
  const sender = new SendQueue(into, ingress, arena, opening);
  const batch = new Batch(queueDepth);
  const resources = opening.move();
  return {
    send(frames) {
      sender.reclaim();
      arena.fill(batch, frames);
      const sent = sender.transmit(batch);
      if (sent !== frames.length) throw sendError(into, sent, frames.length);
    },
    collect() {
      const count = receiver.receive(batch);
      return Array.from({ length: count }, (_, i) => {
        const at = batch.offset[i]!;
        received.free[received.freeCount++] = at & bufferMask;
        return received.memory.u8.slice(at, at + batch.length[i]!);
      });
    },
    [Symbol.dispose]: () => resources.dispose(),
  };
}

function sendError({ device }: QueuePair, sent: number, wanted: number): IopathError {
  const why = device.trouble ?? "its send queue is full";
  const message = `the tester could send ${sent} of ${wanted} frames: ${why}`;
  return new IopathError(ExitStatus.cellFailed, message);
}

function openMeasuring(
  { into, ingress, outOf, arena: received, operation }: TesterPairs,
  window: readonly Uint8Array[],
): MeasuringTester {
  using opening = new DisposableStack();
  const arena = opening.use(new Arena(buffers));
  const receiver = new ReceiveQueue(outOf, received, operation, opening);
  const sender = new WindowSender(into, ingress, arena, window, opening);
  const batch = new Batch(queueDepth);
  const { free } = received;
  const resources = opening.move();
  return {
    sendWindow: () => sender.send(),
    received() {
      const count = receiver.receive(batch);
      for (let i = 0; i < count; i++) free[received.freeCount++] = batch.offset[i]! & bufferMask;
      return receiver.received | 0;
    },
    [Symbol.dispose]: () => resources.dispose(),
  };
}
