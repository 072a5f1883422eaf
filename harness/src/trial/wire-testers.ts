/** Testers on the far ends of the forwarder's ports: packet sockets out, and XDP or packet sockets in. */
import {
  Batch,
  type Carrier,
  type MeasuringTester,
  type PortSpec,
  type VerifyingTester,
} from "@iopath/contract";
import { type MessagePath, openPacketPath } from "@iopath/kernel-sockets";
import type { Place } from "@iopath/lab";
import { inNamespace, interfaceIndex } from "@iopath/native";
import { udpEnvelopeBytes, unwrap, wrap } from "./carrier.ts";
import { openPass, openSink } from "./sink.ts";

/** Frames that one call puts on the wire or takes from it. */
const verifyingBurst = 64;

/** Sends and captures whole frames in the tester's namespace. */
export function openVerifyingTester(place: Place, carrier: Carrier): VerifyingTester {
  return inNamespace(place.testerNamespace, () => {
    using opening = new DisposableStack();
    opening.use(openPass(interfaceIndex(place.wires[1].device)));
    const sockets = opening.use(openWireSockets(place, verifyingBurst));
    const resources = opening.move();
    const incoming = new Batch(verifyingBurst);
    return {
      send: (frames) => {
        for (let at = 0; at < frames.length; at += verifyingBurst) {
          const burst = frames.slice(at, at + verifyingBurst);
          sendBurst(
            sockets,
            burst.map((frame) => wrap(carrier, place, frame)),
          );
        }
      },
      collect: () => collectAll(sockets, incoming, carrier),
      [Symbol.dispose]: () => resources.dispose(),
    };
  });
}

/** A packet path the other way round: in at the far end of the egress, out into the ingress. */
function openWireSockets(place: Place, burst: number): MessagePath {
  const [ingressWire, egressWire] = place.wires.map(
    (wire): PortSpec => ({ ...wire, queue: 0, neighbor: wire }),
  ) as [PortSpec, PortSpec];
  return openPacketPath([egressWire, ingressWire], burst);
}

/** Writes the frames into the sockets' buffers; returns the batch that transmits them. */
function loadBatch(sockets: MessagePath, onWire: readonly Uint8Array[]): Batch {
  const batch = new Batch(onWire.length);
  for (const [i, frame] of onWire.entries()) {
    batch.offset[i] = sockets.bufferOffset(i);
    batch.length[i] = frame.length;
    sockets.memory.set(frame, batch.offset[i]!);
  }
  batch.count = onWire.length;
  return batch;
}

function sendBurst(sockets: MessagePath, onWire: readonly Uint8Array[]): void {
  const sent = sockets.egress.transmit(loadBatch(sockets, onWire));
  if (sent !== onWire.length) throw new Error(`the tester could send ${sent} of ${onWire.length}`);
}

function collectAll(sockets: MessagePath, batch: Batch, carrier: Carrier): Uint8Array[] {
  const frames: Uint8Array[] = [];
  while (sockets.ingress.receive(batch) > 0) {
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i]!;
      const frame = unwrap(carrier, sockets.memory.slice(at, at + batch.length[i]!));
      if (frame) frames.push(frame);
    }
  }
  return frames;
}

/**
 * Sends one window again and again, and counts what arrives in XDP.
 *
 * @param straight count at the forwarder's ingress, with no forwarder: the `null` cell
 */
export function openMeasuringTester(
  place: Place,
  carrier: Carrier,
  window: readonly Uint8Array[],
  straight = false,
): MeasuringTester {
  using opening = new DisposableStack();
  const [namespace, device] = straight
    ? [place.forwarderNamespace, place.ports[0].device]
    : [place.testerNamespace, place.wires[1].device];
  const frameAt = carrier === "udp" ? udpEnvelopeBytes : 0;
  const sink = opening.use(inNamespace(namespace, () => openSink(interfaceIndex(device), frameAt)));
  const sockets = opening.use(
    inNamespace(place.testerNamespace, () => openWireSockets(place, window.length)),
  );
  const batch = loadBatch(
    sockets,
    window.map((frame) => wrap(carrier, place, frame)),
  );
  const { egress } = sockets;
  const resources = opening.move();
  return {
    sendWindow: () => egress.transmit(batch),
    received: sink.received,
    [Symbol.dispose]: () => resources.dispose(),
  };
}
