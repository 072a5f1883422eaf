/**
 * The memory of both ring variants: the receive ring of one packet socket and behind it the
 * transmit ring of the other, one view over both, so that a frame is copied between them without
 * leaving the array.
 */
import type { Ingress, Room } from "@iopath/contract";
import {
  type Memory,
  mapFileInto,
  mapFrames,
  SOL_PACKET,
  type Socket,
  scratch,
} from "@iopath/native";
import {
  PACKET_RESERVE,
  PACKET_TX_RING,
  PACKET_VERSION,
  TPACKET_V2,
  tpacketRequest,
} from "./abi.ts";

/**
 * Header, room for a VLAN tag and a 1518-byte frame. An odd number of cache lines: with a power of
 * two all headers would share few sets of the cache and drive each other out of it.
 */
export const slotBytes = 25 * 64;
export const slotWords = slotBytes >>> 2;
/** The kernel allocates a ring in blocks of pages; so many slots fill one to its end. */
const slotsOfBlock = 64;
const blockBytes = slotsOfBlock * slotBytes;
/**
 * The kernel puts the network header at a multiple of 16, and the frame 14 bytes before it; two
 * bytes more and the frame starts at a multiple of 4, where a batch wants it.
 */
const reserveBytes = 2;

/**
 * A frame is copied out of its slot, so that its start can move, over the socket address that the
 * kernel left in front of it and that nobody reads.
 */
export const headBytes = 16;

/**
 * A word that nobody reads. One atomic operation on it per burst orders the plain ones around it:
 * what the kernel wrote is read behind the statuses that say so, and what we read lies before the
 * slots go back.
 */
export const barrier = new Int32Array(new SharedArrayBuffer(4));

/** What the versions of packet rings differ in. The transmit ring is one of slots in all. */
export interface ReceiveRing {
  /** As PACKET_VERSION takes it. */
  readonly version: number;
  readonly bytes: number;
  readonly room: Room;
  /** Whether each frame has a slot, which the egress gives back; else the ingress does so. */
  readonly slotPerFrame: boolean;
  request(receiver: Socket): void;
  openIngress(memory: Memory): Ingress & { readonly received: number };
}

export class PacketRingMemory implements Disposable {
  readonly memory: Memory;
  /** Slots of the transmit ring, a power of two. */
  readonly slots: number;
  /** Byte offset of the transmit ring; the receive ring is at 0. */
  readonly transmitAt: number;

  /**
   * Gives both sockets their ring; they must not be bound yet, or a frame could come before it.
   *
   * @param slots of the transmit ring, a power of two, at least 64
   */
  constructor(receiver: Socket, transmitter: Socket, ring: ReceiveRing, slots: number) {
    receiver.setOption(SOL_PACKET, PACKET_VERSION, ring.version, "PACKET_VERSION");
    receiver.setOption(SOL_PACKET, PACKET_RESERVE, reserveBytes, "PACKET_RESERVE");
    ring.request(receiver);
    transmitter.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
    requestSlots(transmitter, PACKET_TX_RING, slots, "PACKET_TX_RING");
    const transmitBytes = slots * slotBytes;
    this.slots = slots;
    this.transmitAt = ring.bytes;
    using opening = new DisposableStack();
    this.memory = opening.use(mapFrames(ring.bytes + transmitBytes));
    mapFileInto(this.memory, 0, receiver.fd, ring.bytes, `receive ring of ${receiver.what}`);
    const transmitRing = `transmit ring of ${transmitter.what}`;
    mapFileInto(this.memory, ring.bytes, transmitter.fd, transmitBytes, transmitRing);
    opening.move();
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}

export function requestSlots(socket: Socket, option: number, slots: number, name: string): void {
  const request = scratch();
  request.view.setUint32(tpacketRequest.blockBytes, blockBytes, true);
  request.view.setUint32(tpacketRequest.blocks, (slots * slotBytes) / blockBytes, true);
  request.view.setUint32(tpacketRequest.slotBytes, slotBytes, true);
  request.view.setUint32(tpacketRequest.slots, slots, true);
  socket.setOptionBytes(SOL_PACKET, option, request, tpacketRequest.bytes, name);
}
