/**
 * Variant `node-dgram`: what a Node program has without a library: two sockets of `node:dgram`, one
 * callback per datagram that came, one `send` per datagram that goes. libuv receives with
 * recvmsg(2), one datagram per call, and sends with sendmsg(2). The calls and callbacks run when
 * the event loop turns.
 *
 * A datagram comes in memory of its own, and the workload's compiled form works on one memory. So
 * each datagram is copied into that memory, forwarded there, and copied back to be sent.
 */
import { createSocket, type Socket } from "node:dgram";
import { setImmediate } from "node:timers/promises";
import {
  type AttachedPath,
  Batch,
  type Counters,
  type DropCounts,
  egressUdpPort,
  hopOf,
  newDropCounts,
  type OpenOptions,
  type PortSpec,
  type Workload,
} from "@iopath/contract";
import { openUdpReceiver, udpSocket } from "./open-sockets.ts";

/** The largest payload of a datagram, and room for a frame that the workload lengthens. */
const slotBytes = 1 << 16;

class DgramPath implements AttachedPath {
  readonly kind = "attached";
  readonly #receiver: Socket;
  readonly #transmitter: Socket;
  readonly #slot = Buffer.alloc(slotBytes);
  readonly #batch = new Batch(1);
  readonly #drops: DropCounts;
  readonly #work: () => void;
  #received = 0;
  #sent = 0;
  #unsent = 0;

  constructor(receiver: Socket, transmitter: Socket, egress: PortSpec, workload: Workload) {
    this.#receiver = receiver;
    this.#transmitter = transmitter;
    const words = new Int32Array(this.#slot.buffer, this.#slot.byteOffset, slotBytes >>> 2);
    const drops = newDropCounts(workload);
    this.#drops = drops;
    this.#work = workload.newForward({ words, batch: this.#batch, hop: hopOf(egress), drops });
    receiver.on("message", (frame) => this.#forward(frame));
    // What can't be received shows as lost; what can't be sent is reported to the callback below.
    receiver.on("error", () => {});
    transmitter.on("error", () => {});
  }

  #forward(frame: Buffer): void {
    this.#received++;
    const batch = this.#batch;
    frame.copy(this.#slot);
    batch.offset[0] = 0;
    batch.length[0] = frame.length;
    batch.count = 1;
    this.#work();
    const bytes = batch.length[0];
    if (bytes === 0) return;
    // libuv may send it later, when the slot holds the next one.
    const out = bytes <= frame.length ? frame.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
    this.#slot.copy(out, 0, 0, bytes);
    this.#transmitter.send(out, this.#finish);
  }

  readonly #finish = (error: Error | null): void => {
    if (error) this.#unsent++;
    else this.#sent++;
  };

  async turn(): Promise<void> {
    await setImmediate();
  }

  counters(): Counters {
    const counts = { received: this.#received, sent: this.#sent, unsent: this.#unsent };
    return { ...counts, dropped: this.#drops };
  }

  [Symbol.dispose](): void {
    this.#receiver.close();
    this.#transmitter.close();
  }
}

/**
 * The sockets are made here, in the namespace of the caller; node:dgram would make them some turns
 * later.
 */
export function openDgramPath(
  [from, to]: readonly [PortSpec, PortSpec],
  { workload }: Pick<OpenOptions, "workload">,
): AttachedPath {
  using opening = new DisposableStack();
  const receiving = opening.use(openUdpReceiver(from));
  const transmitting = opening.use(udpSocket(to.device));
  const receiver = createSocket("udp4");
  const transmitter = createSocket("udp4");
  receiver.bind({ fd: receiving.detach() });
  transmitter.bind({ fd: transmitting.detach() });
  transmitter.connect(egressUdpPort, to.neighbor.ipv4); // done before the first datagram comes in
  return new DgramPath(receiver, transmitter, to, workload);
}
