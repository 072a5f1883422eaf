/** Ingress and egress on UDP sockets, one system call per frame: recvfrom(2) in, sendto(2) out. */
import {
  type Batch,
  type Egress,
  type Ingress,
  largestFrameBytes,
  type Room,
} from "@iopath/contract";
import { type Memory, MSG_DONTWAIT, raw, type Socket } from "@iopath/native";

/** Of one frame: a multiple of 4, as the workload reads words. */
export const slotBytes = 2048;
/** A frame lies at the start of its slot, and the rest of the slot is free for it to grow into. */
export const slotRoom: Room = { head: 0, tail: slotBytes - largestFrameBytes };

export class FrameIngress implements Ingress {
  received = 0;
  syscalls = 0;
  readonly #fd: number;
  readonly #memory: Memory;

  constructor(socket: Socket, memory: Memory) {
    this.#fd = socket.fd;
    this.#memory = memory;
  }

  receive(batch: Batch): number {
    const { offset, length, capacity } = batch;
    let count = 0;
    while (count < capacity) {
      const at = count * slotBytes;
      this.syscalls++;
      const bytes = raw.recvfrom(
        this.#fd,
        this.#memory.address + at,
        slotBytes,
        MSG_DONTWAIT,
        0,
        0,
      );
      if (bytes < 0) break; // EAGAIN: none is waiting
      offset[count] = at;
      length[count] = bytes;
      count++;
    }
    batch.count = count;
    this.received += count;
    return count;
  }
}

export class FrameEgress implements Egress {
  sent = 0;
  unsent = 0;
  syscalls = 0;
  readonly #fd: number;
  readonly #memory: Memory;

  constructor(socket: Socket, memory: Memory) {
    this.#fd = socket.fd;
    this.#memory = memory;
  }

  transmit({ offset, length, count }: Batch): number {
    const before = this.sent;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes === 0) continue; // dropped by the workload
      this.syscalls++;
      const at = this.#memory.address + offset[i]!;
      if (raw.sendto(this.#fd, at, bytes, MSG_DONTWAIT, 0, 0) === bytes) this.sent++;
      else this.unsent++;
    }
    return this.sent - before;
  }
}
