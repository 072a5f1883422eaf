/**
 * The receive ring of `packet-ring-v3`: the kernel hands over whole blocks of frames (TPACKET_V3),
 * each when the next frame does not fit into it, or when its time is over.
 */
import type { Batch, Ingress } from "@iopath/contract";
import {
  type Memory,
  SOL_PACKET,
  type Socket,
  scratch,
  TP_STATUS_VLAN_VALID,
} from "@iopath/native";
import {
  PACKET_RX_RING,
  TP_STATUS_KERNEL,
  TP_STATUS_USER,
  TPACKET_V3,
  tpacket3Header,
  tpacketBlock,
  tpacketRequest3,
} from "./abi.ts";
import { headBytes, type ReceiveRing } from "./packet-ring-memory.ts";
import { restoreVlanTag, vlanTagBytes } from "./restore-vlan-tag.ts";

/** Room for some 250 of the smallest frames, or 40 of the largest. */
const blockBytes = 1 << 16;
const blocks = 16;
const blockWords = blockBytes >>> 2;
/** What a frame takes at most. The kernel asks for it, and packs frames by their own length. */
const frameBytesMax = 2048;
/** The shortest timeout the kernel takes: a block with frames in it waits no longer for more. */
const retireMs = 1;

const statusWord = tpacketBlock.status >>> 2;
const framesWord = tpacketBlock.frames >>> 2;
const firstFrameWord = tpacketBlock.firstFrame >>> 2;
const nextWord = tpacket3Header.next >>> 2;
const capturedLengthWord = tpacket3Header.capturedLength >>> 2;
const frameStatusWord = tpacket3Header.status >>> 2;
const macOffsetWord = tpacket3Header.macOffset >>> 2;
const vlanTagWord = tpacket3Header.vlanTag >>> 2;
const vlanProtocolWord = tpacket3Header.vlanProtocol >>> 2;

export const blockRing: ReceiveRing = {
  version: TPACKET_V3,
  bytes: blocks * blockBytes,
  // The next frame's header follows at once.
  room: { head: headBytes, tail: 0 },
  slotPerFrame: false,
  request: requestBlocks,
  openIngress: (memory) => new BlockIngress(memory),
};

function requestBlocks(socket: Socket): void {
  const request = scratch();
  request.u8.fill(0, 0, tpacketRequest3.bytes);
  request.view.setUint32(tpacketRequest3.blockBytes, blockBytes, true);
  request.view.setUint32(tpacketRequest3.blocks, blocks, true);
  request.view.setUint32(tpacketRequest3.slotBytes, frameBytesMax, true);
  request.view.setUint32(tpacketRequest3.slots, (blocks * blockBytes) / frameBytesMax, true);
  request.view.setUint32(tpacketRequest3.retireMs, retireMs, true);
  const { bytes } = tpacketRequest3;
  socket.setOptionBytes(SOL_PACKET, PACKET_RX_RING, request, bytes, "PACKET_RX_RING (TPACKET_V3)");
}

class BlockIngress implements Ingress {
  received = 0;
  readonly #memory: Memory;
  #block = 0;
  /**
   * Frames of the present block that are not handed out yet, and where the next one's header is.
   */
  #left = 0;
  #next = 0;
  /** All frames of the block before are handed out; it goes back with the next call. */
  #spent = false;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  receive(batch: Batch): number {
    const words = this.#memory.i32;
    if (this.#left === 0 && !this.#openBlock(words)) {
      batch.count = 0;
      return 0;
    }
    const { offset, length, capacity } = batch;
    let next = this.#next;
    const count = Math.min(this.#left, capacity);
    for (let i = 0; i < count; i++) {
      const header = next >>> 2;
      const at = next + (words[header + macOffsetWord]! & 0xffff);
      const bytes = words[header + capturedLengthWord]!;
      const status = words[header + frameStatusWord]!;
      if ((status & TP_STATUS_VLAN_VALID) === 0) {
        offset[i] = at;
        length[i] = bytes;
      } else {
        const protocol = words[header + vlanProtocolWord]! & 0xffff;
        const tag = words[header + vlanTagWord]! & 0xffff;
        restoreVlanTag(words, at, status, tag | (protocol << 16));
        offset[i] = at - vlanTagBytes;
        length[i] = bytes + vlanTagBytes;
      }
      next += words[header + nextWord]!;
    }
    this.#next = next;
    this.#left -= count;
    this.#spent = this.#left === 0;
    batch.count = count;
    this.received += count;
    return count;
  }

  /** Gives the spent block back, and opens the one behind it if it is handed over. */
  #openBlock(words: Int32Array): boolean {
    if (this.#spent) {
      Atomics.store(words, this.#block * blockWords + statusWord, TP_STATUS_KERNEL);
      this.#block = (this.#block + 1) % blocks;
      this.#spent = false;
    }
    const at = this.#block * blockWords;
    if ((Atomics.load(words, at + statusWord) & TP_STATUS_USER) === 0) return false;
    this.#left = words[at + framesWord]!;
    this.#next = at * 4 + words[at + firstFrameWord]!;
    this.#spent = this.#left === 0;
    return this.#left > 0;
  }
}
