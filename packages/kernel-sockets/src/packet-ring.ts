/**
 * Variants `packet-ring` and `packet-ring-v3`: packet sockets whose frames lie in rings shared with
 * the kernel. A burst costs no system call in, and one out. The two differ in their receive ring.
 */
import type { Ingress, PolledPath, PortCounters, PortSpec, Room, Team } from "@iopath/contract";
import {
  ETH_P_ALL,
  interfaceIndex,
  PACKET_IGNORE_OUTGOING,
  PACKET_QDISC_BYPASS,
  SOL_PACKET,
  type Socket,
} from "@iopath/native";
import { blockRing } from "./block-ring.ts";
import { packetSocket } from "./open-sockets.ts";
import { PacketOverflow } from "./overflow.ts";
import { PacketRingEgress } from "./packet-ring-egress.ts";
import { PacketRingMemory, type ReceiveRing } from "./packet-ring-memory.ts";
import { joinFanout } from "./share-queues.ts";
import { slotRing } from "./slot-ring.ts";

/**
 * Room for the largest burst several times over; more would only be more memory to walk through.
 */
const slotsMin = 512;

type Ports = readonly [PortSpec, PortSpec];

export function openPacketRingPath(ports: Ports, burst: number, team?: Team): PolledPath {
  const slots = slotsFor(burst);
  return openRingPath(ports, slotRing(slots), slots, team);
}

export function openBlockRingPath(ports: Ports, burst: number, team?: Team): PolledPath {
  return openRingPath(ports, blockRing, slotsFor(burst), team);
}

function slotsFor(burst: number): number {
  return Math.max(slotsMin, 4 * 2 ** Math.ceil(Math.log2(burst)));
}

function openRingPath(
  [from, to]: Ports,
  ring: ReceiveRing,
  slots: number,
  team?: Team,
): PolledPath {
  using opening = new DisposableStack();
  const receiver = opening.use(packetSocket(from.device));
  receiver.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  const transmitter = opening.use(packetSocket(to.device));
  transmitter.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  const rings = opening.use(new PacketRingMemory(receiver, transmitter, ring, slots));
  receiver.bindPacket(interfaceIndex(from.device), ETH_P_ALL);
  if (team) joinFanout(receiver, team);
  transmitter.bindPacket(interfaceIndex(to.device), 0);
  return new PacketRingPath(rings, ring, receiver, transmitter, opening.move());
}

class PacketRingPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: Ingress & { readonly received: number };
  readonly egress: PacketRingEgress;
  readonly room: Room;
  readonly #overflow: PacketOverflow;
  readonly #resources: DisposableStack;

  constructor(
    rings: PacketRingMemory,
    ring: ReceiveRing,
    receiver: Socket,
    transmitter: Socket,
    resources: DisposableStack,
  ) {
    this.memory = rings.memory.u8;
    this.room = ring.room;
    this.ingress = ring.openIngress(rings.memory);
    this.egress = new PacketRingEgress(transmitter, rings, ring.slotPerFrame);
    this.#overflow = new PacketOverflow(receiver);
    this.#resources = resources;
  }

  counters(): PortCounters {
    const { received } = this.ingress;
    const { sent, unsent, kicks, refusals } = this.egress;
    const calls = { syscalls: kicks, wakeups: kicks, overflowed: this.#overflow.count() };
    return { received, sent, unsent, ...calls, refused: refusals.byName() };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
