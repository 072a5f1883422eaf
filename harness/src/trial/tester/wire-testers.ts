/**
 * Testers on the far ends of the forwarder's ports: packet sockets out, and XDP or packet sockets
 * in.
 */
import {
  Batch,
  type Carrier,
  type MeasuringTester,
  type PortSpec,
  type VerifyingTester,
} from "@iopath/contract";
import { type MessagePath, openPacketPath } from "@iopath/kernel-sockets";
import { settledPortFaults, type Testbed } from "@iopath/lab";
import { inNamespace, interfaceIndex } from "@iopath/native";
import type { Board } from "../workers/board.ts";
import { frameAtOf, unwrap, wrap } from "./carrier.ts";
import { flowsOfWorker } from "./flows.ts";
import { openPass, openSink } from "./sink.ts";
import { type Window, WindowSender } from "./window-sender.ts";

/** Frames that one call puts on the wire or takes from it. */
const verifyingBurst = 64;

/**
 * Sends and captures whole frames in the tester's namespace.
 *
 * @param flows of the envelopes that carry the frames; random frames are of random flows by
 *   themselves
 */
export function openVerifyingTester(
  testbed: Testbed,
  carrier: Carrier,
  flows = 1,
): VerifyingTester {
  return inNamespace(testbed.testerNamespace, () => {
    using opening = new DisposableStack();
    opening.use(openPass(interfaceIndex(testbed.wires[1].device)));
    const sockets = opening.use(openWireSockets(testbed, verifyingBurst));
    awaitLinks(testbed);
    const resources = opening.move();
    const incoming = new Batch(verifyingBurst);
    let sent = 0;
    const nextFlow = () => (flows > 1 ? sent++ % flows : undefined);
    return {
      send: (frames) => {
        for (let at = 0; at < frames.length; at += verifyingBurst) {
          const burst = frames.slice(at, at + verifyingBurst);
          sendBurst(
            sockets,
            burst.map((frame) => wrap(carrier, testbed, frame, nextFlow())),
          );
        }
      },
      collect: () => collectAll(sockets, incoming, carrier),
      [Symbol.dispose]: () => resources.dispose(),
    };
  });
}

/** Both ends have their programs by now. */
function awaitLinks(testbed: Testbed): void {
  if (testbed.shared && testbed.class !== "virtual") settledPortFaults(testbed);
}

/** A packet path the other way round: in at the far end of the egress, out into the ingress. */
function openWireSockets(testbed: Testbed, burst: number): MessagePath {
  const [ingressWire, egressWire] = testbed.wires.map(
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

export interface MeasuringOptions {
  /** Count at the forwarder's ingress, with no forwarder: the `null` cell. */
  readonly straight?: boolean;
  /** How many flows the frames are of; 1 when not given. */
  readonly flows?: number;
  /** Of a team: whose frames these are, and where those that come back are counted. */
  readonly team?: { readonly worker: number; readonly board: Board };
}

/** Sends the windows in turn, again and again, and counts what arrives in XDP. */
export function openMeasuringTester(
  testbed: Testbed,
  carrier: Carrier,
  windows: readonly Window[],
  { straight = false, flows = 1, team }: MeasuringOptions = {},
): MeasuringTester {
  using opening = new DisposableStack();
  const [namespace, device] = straight
    ? [testbed.forwarderNamespace, testbed.ports[0].device]
    : [testbed.testerNamespace, testbed.wires[1].device];
  const frameAt = frameAtOf(carrier);
  const received = team
    ? team.board.counterOf(team.worker)
    : opening.use(inNamespace(namespace, () => openSink(interfaceIndex(device), frameAt))).received;
  const range = team ? flowsOfWorker(flows, team.worker, team.board.workers) : { first: 0, flows };
  const flow = flows > 1 || team ? range.first : undefined;
  const onWire = windows.map((window) =>
    window.map((frame) => wrap(carrier, testbed, frame, flow)),
  );
  const sender = opening.use(
    inNamespace(
      testbed.testerNamespace,
      () => new WindowSender(testbed.wires[0].device, onWire, range, frameAt),
    ),
  );
  awaitLinks(testbed);
  const resources = opening.move();
  return {
    sendWindow: () => sender.send(),
    received,
    [Symbol.dispose]: () => resources.dispose(),
  };
}
