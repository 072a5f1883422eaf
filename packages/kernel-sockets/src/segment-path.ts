/**
 * Variant `udp-gso`: the UDP sockets of `udp-mmsg` with the kernel's own batching in both
 * directions.
 */
import type { PolledPath, PortCounters, PortSpec } from "@iopath/contract";
import { SOL_SOCKET, type Socket } from "@iopath/native";
import { SO_BUSY_POLL, SO_BUSY_POLL_BUDGET, SOL_UDP, UDP_GRO } from "./abi.ts";
import { openUdpSockets } from "./open-sockets.ts";
import { SocketOverflow } from "./overflow.ts";
import { openReceiveMerging } from "./receive-merging.ts";
import { SegmentArena } from "./segment-arena.ts";
import { SegmentEgress, SegmentIngress } from "./segment-ports.ts";
import { requireSegmenting } from "./segment-support.ts";

/** Any time will do: a receive that must not block looks at the device once, and at once. */
const busyPollUs = 50;
/**
 * Frames that one look takes in: as many as the kernel merges. Its own 8 make eight looks of a
 * burst of 64.
 */
const busyPollFrames = 64;

class SegmentPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: SegmentIngress;
  readonly egress: SegmentEgress;
  readonly #overflow: SocketOverflow;
  readonly #resources: DisposableStack;

  constructor(from: Socket, to: Socket, arena: SegmentArena, resources: DisposableStack) {
    this.memory = arena.memory.u8;
    this.#overflow = new SocketOverflow(from);
    this.ingress = new SegmentIngress(from, arena);
    this.egress = new SegmentEgress(to, arena);
    this.#resources = resources;
  }

  counters(): PortCounters {
    const { received } = this.ingress;
    const { sent, unsent, refusals } = this.egress;
    const syscalls = this.ingress.syscalls + this.egress.syscalls;
    const calls = { syscalls, wakeups: 0, overflowed: this.#overflow.count() };
    return { received, sent, unsent, ...calls, refused: refusals.byName() };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openSegmentPath(ports: readonly [PortSpec, PortSpec], burst: number): PolledPath {
  using opening = new DisposableStack();
  requireSegmenting(ports[1].device);
  const [receiver, transmitter] = openUdpSockets(ports);
  opening.use(receiver);
  opening.use(transmitter);
  receiver.setOption(SOL_UDP, UDP_GRO, 1, "UDP_GRO");
  receiver.setOption(SOL_SOCKET, SO_BUSY_POLL, busyPollUs, "SO_BUSY_POLL");
  receiver.setOption(SOL_SOCKET, SO_BUSY_POLL_BUDGET, busyPollFrames, "SO_BUSY_POLL_BUDGET");
  opening.use(openReceiveMerging(ports[0].device));
  const arena = opening.use(new SegmentArena(burst));
  return new SegmentPath(receiver, transmitter, arena, opening.move());
}
