/** Ingress and egress on sockets: a burst is one recvmmsg(2) in and one sendmmsg(2) out. */
import type { Batch, Egress, Ingress } from "@iopath/contract";
import { lastErrno, MSG_DONTWAIT, mmsghdr, Refusals, raw, type Socket } from "@iopath/native";
import { bufferBytes, type MessageArena } from "./message-arena.ts";
import { frameBytesUnmarked, restoreVlanFrame } from "./vlan-filter.ts";

const { recvmmsg, sendmmsg } = raw;

export class MessageIngress implements Ingress {
  received = 0;
  syscalls = 0;
  readonly #fd: number;
  readonly #arena: MessageArena;

  constructor(socket: Socket, arena: MessageArena) {
    this.#fd = socket.fd;
    this.#arena = arena;
  }

  receive(batch: Batch): number {
    const arena = this.#arena;
    this.syscalls++;
    const count = recvmmsg(this.#fd, arena.receiveHeaders, batch.capacity, MSG_DONTWAIT, 0);
    if (count <= 0) {
      batch.count = 0;
      return 0;
    }
    const words = arena.memory.i32;
    const { offset, length } = batch;
    let lengthAt = arena.receivedLengthAt;
    let at = arena.buffersAt;
    for (let i = 0; i < count; i++) {
      offset[i] = at;
      const bytes = words[lengthAt]!;
      length[i] = bytes < frameBytesUnmarked ? restoreVlanFrame(arena.memory.u8, at, bytes) : bytes;
      lengthAt += arena.headerWords;
      at += bufferBytes;
    }
    batch.count = count;
    this.received += count;
    return count;
  }
}

export class MessageEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly refusals = new Refusals();
  syscalls = 0;
  readonly #fd: number;
  readonly #arena: MessageArena;

  constructor(socket: Socket, arena: MessageArena) {
    this.#fd = socket.fd;
    this.#arena = arena;
  }

  /**
   * Buffer i has its own transmit header i, so a burst without drops is one call; dropped frames
   * split it into runs.
   */
  transmit(batch: Batch): number {
    const arena = this.#arena;
    const words = arena.memory.i32;
    const { length, count } = batch;
    const before = this.sent;
    let lengthAt = arena.transmitLengthAt;
    let first = 0;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes === 0) {
        if (i > first) this.#send(first, i - first);
        first = i + 1;
      } else words[lengthAt] = bytes;
      lengthAt += arena.vectorWords;
    }
    if (count > first) this.#send(first, count - first);
    return this.sent - before;
  }

  /** A frame that the system refuses (ENOBUFS, EAGAIN) is counted as unsent; the rest goes on. */
  #send(first: number, count: number): void {
    let next = first;
    const end = first + count;
    while (next < end) {
      const header = this.#arena.transmitHeaders + next * mmsghdr.bytes;
      this.syscalls++;
      const sent = sendmmsg(this.#fd, header, end - next, MSG_DONTWAIT);
      if (sent > 0) {
        this.sent += sent;
        next += sent;
      } else {
        this.refusals.count(lastErrno());
        this.unsent++;
        next++;
      }
    }
  }
}
