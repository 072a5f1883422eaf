/**
 * Testers on the far ends of the forwarder's ports: packet sockets out, XDP or packet sockets in.
 */
import {
  type Carrier,
  ExitStatus,
  IopathError,
  type MeasuringTester,
  type VerifyingTester,
  type Workload,
} from "@iopath/contract";
import { awaitCarriers, PacketCapture, type Testbed, turnFeatureOff } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import type { Board } from "../workers/board.ts";
import { frameAtOf, markOnWire, unwrap, wrap } from "./carrier.ts";
import { flowsOfWorker } from "./flows.ts";
import { OutgoingFrames, openSendingSocket } from "./outgoing-frames.ts";
import { openPass, openSink } from "./sink.ts";
import { type Window, WindowSender } from "./window-sender.ts";

/** Frames that one call puts on the wire. */
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
    const [into, outOf] = testbed.wires;
    // The kernel would merge segments of TCP before the capture sees them.
    opening.use(turnFeatureOff(outOf.device, "rx-gro"));
    // A card takes redirected frames by a program of its own; one on its peer restarts the link.
    if (!testbed.hasLinks) opening.use(openPass(outOf.device));
    const capture = opening.use(new PacketCapture(outOf.device));
    const socket = opening.use(openSendingSocket(into.device));
    const outgoing = opening.use(new OutgoingFrames(socket, verifyingBurst));
    awaitLinks(testbed);
    const resources = opening.move();
    let sent = 0;
    const nextFlow = () => (flows > 1 ? sent++ % flows : undefined);
    return {
      send: (frames) => {
        for (let at = 0; at < frames.length; at += verifyingBurst) {
          const burst = frames.slice(at, at + verifyingBurst);
          sendBurst(
            outgoing,
            burst.map((frame) => wrap(carrier, testbed, frame, nextFlow())),
          );
        }
      },
      collect: () => capture.take().flatMap((frame) => unwrap(carrier, frame) ?? []),
      [Symbol.dispose]: () => resources.dispose(),
    };
  });
}

/** For links that restarted because an XDP program came to one of their ends. */
function awaitLinks(testbed: Testbed): void {
  if (testbed.hasLinks) awaitCarriers(testbed);
}

/** @throws IopathError when the kernel does not take all of them */
function sendBurst(outgoing: OutgoingFrames, onWire: readonly Uint8Array[]): void {
  for (const [i, frame] of onWire.entries()) outgoing.load(i, frame);
  const sent = outgoing.send(onWire.length);
  if (sent === onWire.length) return;
  const message = `the tester could send ${sent} of ${onWire.length} frames: ${outgoing.refusal()}`;
  throw new IopathError(ExitStatus.cellFailed, message);
}

interface MeasuringOptions {
  /** Count at the forwarder's ingress, with no forwarder: the `tester-only` cell. */
  readonly straight?: boolean;
  /** How many flows the frames are of; 1 when not given. */
  readonly flows?: number;
  /** Of a team: whose frames these are, and where those that come back are counted. */
  readonly team?: { readonly worker: number; readonly board: Board };
}

/** Sends the windows in turn, again and again, and counts what arrives in XDP. */
export function openMeasuringTester(
  workload: Workload,
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
  const counting = team
    ? { received: team.board.counterOf(team.worker), note: undefined }
    : opening.use(inNamespace(namespace, () => openSink(device, markOnWire(workload, carrier))));
  const { received, note } = counting;
  const range = team ? flowsOfWorker(flows, team.worker, team.board.workers) : { first: 0, flows };
  const flow = flows > 1 || team ? range.first : undefined;
  const onWire = windows.map((window) =>
    window.map((frame) => wrap(carrier, testbed, frame, flow)),
  );
  const sender = opening.use(
    inNamespace(
      testbed.testerNamespace,
      () => new WindowSender(testbed.wires[0].device, onWire, range, frameAt, workload.measuring),
    ),
  );
  awaitLinks(testbed);
  const resources = opening.move();
  return {
    sendWindow: () => sender.send(),
    received,
    refusal: () => sender.refusal(),
    ...(note ? { note } : {}),
    [Symbol.dispose]: () => resources.dispose(),
  };
}
