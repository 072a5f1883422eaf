/** The receive ring of `packet-ring`: a frame per slot, handed over by its status (TPACKET_V2). */
import type { Batch, Ingress } from "@iopath/contract";
import { type Memory, TP_STATUS_VLAN_VALID } from "@iopath/native";
import { PACKET_RX_RING, TP_STATUS_USER, TPACKET_V2, tpacket2Header } from "./abi.ts";
import {
  barrier,
  headBytes,
  type ReceiveRing,
  requestSlots,
  slotBytes,
  slotWords,
} from "./packet-ring-memory.ts";
import { restoreVlanTag, vlanTagBytes } from "./restore-vlan-tag.ts";

const statusWord = tpacket2Header.status >>> 2;
const capturedLengthWord = tpacket2Header.capturedLength >>> 2;
const macOffsetWord = tpacket2Header.macOffset >>> 2;
const vlanWord = tpacket2Header.vlanTag >>> 2;

/** @param slots of this ring and of the transmit ring: a power of two, at least 64 */
export function slotRing(slots: number): ReceiveRing {
  return {
    version: TPACKET_V2,
    bytes: slots * slotBytes,
    // With header and address in front, the largest frame ends at byte 1582 of its slot of 1600.
    room: { head: headBytes, tail: 16 },
    slotPerFrame: true,
    request: (receiver) => requestSlots(receiver, PACKET_RX_RING, slots, "PACKET_RX_RING"),
    openIngress: (memory) => new SlotIngress(memory, slots),
  };
}

class SlotIngress implements Ingress {
  received = 0;
  readonly #memory: Memory;
  readonly #mask: number;
  #next = 0;

  constructor(memory: Memory, slots: number) {
    this.#memory = memory;
    this.#mask = slots - 1;
  }

  receive(batch: Batch): number {
    const words = this.#memory.i32;
    const mask = this.#mask;
    const { offset, length, capacity } = batch;
    const first = this.#next;
    let next = first;
    let count = 0;
    while (count < capacity && (words[next * slotWords + statusWord]! & TP_STATUS_USER) !== 0) {
      next = (next + 1) & mask;
      count++;
    }
    batch.count = count;
    if (count === 0) return 0;
    Atomics.add(barrier, 0, 0);
    this.#next = next;
    next = first;
    for (let i = 0; i < count; i++) {
      const slot = next * slotWords;
      const status = words[slot + statusWord]!;
      const at = slot * 4 + (words[slot + macOffsetWord]! & 0xffff);
      const bytes = words[slot + capturedLengthWord]!;
      if ((status & TP_STATUS_VLAN_VALID) === 0) {
        offset[i] = at;
        length[i] = bytes;
      } else {
        restoreVlanTag(words, at, status, words[slot + vlanWord]!);
        offset[i] = at - vlanTagBytes;
        length[i] = bytes + vlanTagBytes;
      }
      next = (next + 1) & mask;
    }
    this.received += count;
    return count;
  }
}
