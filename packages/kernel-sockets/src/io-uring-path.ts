/**
 * Variant `io-uring`: the packet sockets of `packet-mmsg`, driven through one io_uring, so that
 * what the two differ in is the way to the kernel and nothing else.
 */
import type { PolledPath, PortCounters, PortSpec, Team } from "@iopath/contract";
import type { Socket } from "@iopath/native";
import { IoUring } from "./io-uring.ts";
import { ProvidedBuffers } from "./io-uring-buffers.ts";
import { entriesFor, IoUringEgress, IoUringIngress } from "./io-uring-ports.ts";
import { bufferRoom } from "./message-arena.ts";
import { openPacketSockets } from "./open-sockets.ts";
import { PacketOverflow } from "./overflow.ts";
import type { TaggedFrames } from "./vlan-filter.ts";

class IoUringPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: IoUringIngress;
  readonly egress: IoUringEgress;
  readonly room = bufferRoom;
  readonly #ring: IoUring;
  readonly #overflow: PacketOverflow;
  readonly #resources: DisposableStack;

  constructor(
    receiver: Socket,
    ring: IoUring,
    buffers: ProvidedBuffers,
    burst: number,
    resources: DisposableStack,
  ) {
    this.#overflow = new PacketOverflow(receiver);
    this.memory = buffers.memory.u8;
    this.ingress = new IoUringIngress(ring, buffers, burst);
    this.egress = new IoUringEgress(ring, buffers);
    this.#ring = ring;
    this.#resources = resources;
  }

  counters(): PortCounters {
    const { received } = this.ingress;
    const { sent, unsent, refusals } = this.egress;
    const calls = { syscalls: this.#ring.syscalls, wakeups: 0, overflowed: this.#overflow.count() };
    return { received, sent, unsent, ...calls, refused: refusals.byName() };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openIoUringPath(
  ports: readonly [PortSpec, PortSpec],
  burst: number,
  team?: Team,
  tagged?: TaggedFrames,
): PolledPath {
  using opening = new DisposableStack();
  // A burst gives all its buffers back before the next; more of them would only be more to walk
  // through.
  const buffers = opening.use(new ProvidedBuffers(2 ** Math.ceil(Math.log2(burst))));
  const [receiver, transmitter] = openPacketSockets(ports, team, tagged);
  opening.use(receiver);
  opening.use(transmitter);
  const entries = entriesFor(buffers.count, burst);
  // Closed first: it holds the sockets and the buffers.
  const ring = opening.use(new IoUring(entries, 2 * entries));
  ring.registerSockets([receiver, transmitter]);
  ring.registerBufferRing(buffers.memory.address, buffers.count);
  return new IoUringPath(receiver, ring, buffers, burst, opening.move());
}
