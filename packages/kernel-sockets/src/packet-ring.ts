/** Variant `packet-ring`: packet sockets whose frames lie in rings shared with the kernel. */
import type { PolledPath, PortCounters, PortSpec, Team } from "@iopath/contract";
import {
  ETH_P_ALL,
  interfaceIndex,
  PACKET_IGNORE_OUTGOING,
  PACKET_QDISC_BYPASS,
  SOL_PACKET,
  type Socket,
} from "@iopath/native";
import { packetSocket } from "./open-sockets.ts";
import { PacketOverflow } from "./overflow.ts";
import { PacketRingMemory, slotRoom } from "./packet-ring-memory.ts";
import { PacketRingEgress, PacketRingIngress } from "./packet-ring-ports.ts";
import { joinFanout } from "./share-queues.ts";

/**
 * Room for the largest burst several times over; more would only be more memory to walk through.
 */
const slotsMin = 512;

class PacketRingPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: PacketRingIngress;
  readonly egress: PacketRingEgress;
  readonly room = slotRoom;
  readonly #overflow: PacketOverflow;
  readonly #resources: DisposableStack;

  constructor(
    rings: PacketRingMemory,
    receiver: Socket,
    transmitter: Socket,
    resources: DisposableStack,
  ) {
    this.#overflow = new PacketOverflow(receiver);
    this.memory = rings.memory.u8;
    this.ingress = new PacketRingIngress(rings);
    this.egress = new PacketRingEgress(transmitter, rings);
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

export function openPacketRingPath(
  [from, to]: readonly [PortSpec, PortSpec],
  burst: number,
  team?: Team,
): PolledPath {
  using opening = new DisposableStack();
  const receiver = opening.use(packetSocket(from.device));
  receiver.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  const transmitter = opening.use(packetSocket(to.device));
  transmitter.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  const slots = Math.max(slotsMin, 4 * 2 ** Math.ceil(Math.log2(burst)));
  const rings = opening.use(new PacketRingMemory(receiver, transmitter, slots));
  receiver.bindPacket(interfaceIndex(from.device), ETH_P_ALL);
  if (team) joinFanout(receiver, team);
  transmitter.bindPacket(interfaceIndex(to.device), 0);
  return new PacketRingPath(rings, receiver, transmitter, opening.move());
}
