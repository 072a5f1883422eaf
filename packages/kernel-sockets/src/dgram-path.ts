/**
 * Variant `node-dgram`: what a Node program has without a library: two sockets of `node:dgram`, one
 * callback a datagram that came, one `send` a datagram that goes. libuv receives with recvmsg(2),
 * one datagram a call, and sends with sendmsg(2); both and the callbacks run when the event loop
 * turns.
 */
import { createSocket, type Socket } from "node:dgram";
import { setImmediate } from "node:timers/promises";
import {
  type AttachedPath,
  Batch,
  type Counters,
  egressUdpPort,
  newDropCounts,
  newIpv4Forward,
  newRewrite,
  type PortSpec,
} from "@iopath/contract";
import { openUdpReceiver, udpSocket } from "./open-sockets.ts";

class DgramPath implements AttachedPath {
  readonly kind = "attached";
  readonly #receiver: Socket;
  readonly #transmitter: Socket;
  readonly #rewrite: Int32Array;
  readonly #batch = new Batch(1);
  readonly #dropped = newDropCounts();
  #received = 0;
  #sent = 0;
  #unsent = 0;

  constructor(receiver: Socket, transmitter: Socket, { neighbor, mac }: PortSpec) {
    this.#receiver = receiver;
    this.#transmitter = transmitter;
    this.#rewrite = newRewrite(neighbor.mac, mac);
    receiver.on("message", (frame) => this.#forward(frame));
    // What can't be received shows as lost; what can't be sent is told to the callback below.
    receiver.on("error", () => {});
    transmitter.on("error", () => {});
  }

  #forward(frame: Buffer): void {
    this.#received++;
    const batch = this.#batch;
    batch.offset[0] = 0;
    batch.length[0] = frame.length;
    batch.count = 1;
    // A datagram has memory of its own, so that it begins at a multiple of 4.
    const words = new Int32Array(frame.buffer, frame.byteOffset, frame.length >>> 2);
    newIpv4Forward(words, batch, this.#rewrite, this.#dropped)();
    if (batch.length[0] > 0) this.#transmitter.send(frame, this.#finish);
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
    return { ...counts, dropped: this.#dropped };
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
export function openDgramPath([from, to]: readonly [PortSpec, PortSpec]): AttachedPath {
  using opening = new DisposableStack();
  const receiving = opening.use(openUdpReceiver(from));
  const transmitting = opening.use(udpSocket(to.device));
  const receiver = createSocket("udp4");
  const transmitter = createSocket("udp4");
  receiver.bind({ fd: receiving.detach() });
  transmitter.bind({ fd: transmitting.detach() });
  transmitter.connect(egressUdpPort, to.neighbor.ipv4); // done before the first datagram comes in
  return new DgramPath(receiver, transmitter, to);
}
