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
  type Counters,
  egressUdpPort,
  type FastForm,
  hopOf,
  type OpenOptions,
  type PortSpec,
} from "@iopath/contract";
import { mapFrames } from "@iopath/native";
import { openUdpReceiver, udpSocket } from "./open-sockets.ts";

/** The largest payload of a datagram, and room for a frame that the workload lengthens. */
const slotBytes = 1 << 16;

class DgramPath implements AttachedPath {
  readonly kind = "attached";
  readonly #receiver: Socket;
  readonly #transmitter: Socket;
  readonly #slot: Buffer;
  readonly #form: FastForm;
  readonly #resources: DisposableStack;
  #received = 0;
  #sent = 0;
  #unsent = 0;

  constructor(
    [receiver, transmitter]: readonly [Socket, Socket],
    slot: Buffer,
    form: FastForm,
    resources: DisposableStack,
  ) {
    this.#receiver = receiver;
    this.#transmitter = transmitter;
    this.#slot = slot;
    this.#form = form;
    this.#resources = resources;
    receiver.on("message", (frame) => this.#forward(frame));
    // What can't be received shows as lost; what can't be sent is reported to the callback below.
    receiver.on("error", () => {});
    transmitter.on("error", () => {});
  }

  #forward(frame: Buffer): void {
    this.#received++;
    const { batch, forward } = this.#form;
    frame.copy(this.#slot);
    batch.offset[0] = 0;
    batch.length[0] = frame.length;
    batch.count = 1;
    forward();
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
    return { ...counts, dropped: this.#form.drops.slice() };
  }

  [Symbol.dispose](): void {
    this.#receiver.close();
    this.#transmitter.close();
    this.#resources.dispose();
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
  const memory = opening.use(mapFrames(slotBytes)).u8;
  const form = opening.use(workload.newFastForm({ memory, burst: 1, hop: hopOf(to) }));
  const slot = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  const receiving = opening.use(openUdpReceiver(from));
  const transmitting = opening.use(udpSocket(to.device));
  const receiver = createSocket("udp4");
  const transmitter = createSocket("udp4");
  receiver.bind({ fd: receiving.detach() });
  transmitter.bind({ fd: transmitting.detach() });
  transmitter.connect(egressUdpPort, to.neighbor.ipv4); // done before the first datagram comes in
  return new DgramPath([receiver, transmitter], slot, form, opening.move());
}
