/**
 * The memory of `packet-ring`: the receive ring of one packet socket and behind it the transmit
 * ring of the other, one view over both, so that a frame is copied between them without leaving the
 * array.
 */
import type { Room } from "@iopath/contract";
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
  PACKET_RX_RING,
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
export const reserveBytes = 2;

/**
 * A frame is copied out of its slot, so that its start can move, over the socket address that the
 * kernel left in front of it and that nobody reads.
 */
const headBytes = 16;
/** With header and address in front, the largest frame ends at byte 1582 of its slot of 1600. */
export const slotRoom: Room = { head: headBytes, tail: 16 };
/** In a block the next frame's header follows at once. */
export const packedRoom: Room = { head: headBytes, tail: 0 };

export class PacketRingMemory implements Disposable {
  readonly memory: Memory;
  /** Slots of each ring, a power of two. */
  readonly slots: number;
  /** Byte offset of the transmit ring; the receive ring is at 0. */
  readonly transmitAt: number;

  /**
   * Gives both sockets their ring; they must not be bound yet, or a frame could come before it.
   *
   * @param slots a power of two, at least 64
   */
  constructor(receiver: Socket, transmitter: Socket, slots: number) {
    receiver.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
    receiver.setOption(SOL_PACKET, PACKET_RESERVE, reserveBytes, "PACKET_RESERVE");
    requestRing(receiver, PACKET_RX_RING, slots, "PACKET_RX_RING");
    transmitter.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
    requestRing(transmitter, PACKET_TX_RING, slots, "PACKET_TX_RING");
    const ringBytes = slots * slotBytes;
    this.slots = slots;
    this.transmitAt = ringBytes;
    using opening = new DisposableStack();
    this.memory = opening.use(mapFrames(2 * ringBytes));
    mapFileInto(this.memory, 0, receiver.fd, ringBytes, `receive ring of ${receiver.what}`);
    const transmitRing = `transmit ring of ${transmitter.what}`;
    mapFileInto(this.memory, ringBytes, transmitter.fd, ringBytes, transmitRing);
    opening.move();
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}

export function requestRing(socket: Socket, option: number, slots: number, name: string): void {
  const request = scratch();
  request.view.setUint32(tpacketRequest.blockBytes, blockBytes, true);
  request.view.setUint32(tpacketRequest.blocks, (slots * slotBytes) / blockBytes, true);
  request.view.setUint32(tpacketRequest.slotBytes, slotBytes, true);
  request.view.setUint32(tpacketRequest.slots, slots, true);
  socket.setOptionBytes(SOL_PACKET, option, request, tpacketRequest.bytes, name);
}
