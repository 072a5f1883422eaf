/**
 * The frame of an open loop: what goes on the wire, what is written into it when it is sent, and
 * what of it the sink compares when it comes back.
 */
import {
  type Carrier,
  ExitStatus,
  hopOf,
  IopathError,
  macsInto,
  memoryBytes,
  type Workload,
} from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { frameAtOf, wrap } from "../../trial/tester/carrier.ts";

/** Bytes on the wire, from the beginning of what is on it. */
interface StampPlaces {
  readonly sequence: number;
  readonly time: number;
  /** u16: the trial's number, so that a frame of an earlier one is known. */
  readonly epoch: number;
}

/** A half word or a word of a forwarded frame that is the same in all of them. */
interface Constant {
  readonly at: number;
  readonly size: "u16" | "u32";
  readonly value: number;
}

export interface FramePlan {
  /** As it goes to the forwarder, with zeros where the stamps are. */
  readonly onWire: Uint8Array;
  readonly stamps: StampPlaces;
  /** Where the UDP checksum of an envelope lies; undefined where there is no envelope. */
  readonly checksumAt: number | undefined;
  readonly mark: Constant;
  /** Bytes that the workload made of the frame, as they come out behind `frameAt`. */
  readonly frameBytes: number;
  readonly frameAt: number;
  /** What the sink compares: the headers and what follows, and the last word. */
  readonly constants: readonly Constant[];
}

/** As much of each frame is compared, and its last word: the program has to end. */
const comparedBytes = 64;
const envelopeChecksumAt = 40;

/** Why frames of this workload and size can't be stamped; undefined if they can. */
export function lackOfStamps({ name, measuring }: Workload, frameBytes: number) {
  const { stamps } = measuring;
  if (!stamps) {
    return {
      missing: `frames of the workload ${name} have no place for a number and a time`,
      remedy: "give its `measuring` the field `stamps`, or measure it in the closed loop",
    };
  }
  if (frameBytes >= stamps.frameBytesMin) return undefined;
  return {
    missing: `frames of ${name} with a number and a time have ${stamps.frameBytesMin} bytes at least`,
    remedy: `\`--frame-bytes ${stamps.frameBytesMin}\``,
  };
}

/** @throws IopathError as `lackOfStamps` says, or when the workload forwards no such frame */
export function planFrame(
  workload: Workload,
  testbed: Testbed,
  carrier: Carrier,
  frameBytes: number,
): FramePlan {
  const lack = lackOfStamps(workload, frameBytes);
  if (lack) throw new IopathError(ExitStatus.cannotRun, lack.missing, lack);
  const { measuring } = workload;
  const stamps = measuring.stamps!;
  const macs = macsInto(workload, testbed.ports);
  const frame = measuring.build(macs, frameBytes, 0, 0);
  const outcome = workload.reference(frame, hopOf(testbed.ports[1]));
  if (!outcome.forwarded)
    throw new Error(`${workload.name} drops its own frame: ${outcome.reason}`);
  const frameAt = frameAtOf(carrier);
  const { number: epoch } = measuring.flowFields;
  const places = { sequence: stamps.sequence, time: stamps.time, epoch };
  return {
    onWire: wrap(carrier, testbed, frame),
    stamps: moved(places, frameAt),
    checksumAt: carrier === "udp" ? envelopeChecksumAt : undefined,
    mark: { at: frameAt + measuring.mark.at, size: "u32", value: measuring.mark.value },
    frameBytes: memoryBytes(frameBytes),
    frameAt,
    constants: constantsOf(outcome.frame, places).map((one) => ({ ...one, at: one.at + frameAt })),
  };
}

function moved({ sequence, time, epoch }: StampPlaces, by: number): StampPlaces {
  return { sequence: sequence + by, time: time + by, epoch: epoch + by };
}

function constantsOf(frame: Uint8Array, { sequence, time, epoch }: StampPlaces): Constant[] {
  const view = new DataView(frame.buffer, frame.byteOffset);
  const stamped = [
    { at: sequence, bytes: 4 },
    { at: time, bytes: 8 },
    { at: epoch, bytes: 2 },
  ];
  const isStamped = (half: number) =>
    stamped.some(({ at, bytes }) => half + 2 > at && half < at + bytes);
  const firstEnd = Math.min(frame.length, comparedBytes) & ~3;
  const words = Array.from({ length: firstEnd / 4 }, (_, i) => i * 4);
  const last = (frame.length & ~1) - 4;
  if (last + 4 > firstEnd) words.push(last);
  return words.flatMap((at): Constant[] => {
    const halves = [at, at + 2].filter((half) => !isStamped(half));
    if (halves.length === 2 && (at & 3) === 0)
      return [{ at, size: "u32", value: view.getUint32(at, true) }];
    return halves.map((half) => ({ at: half, size: "u16", value: view.getUint16(half, true) }));
  });
}

/** The sum of all half words of a datagram and its pseudo header but the checksum itself. */
export function sumOfDatagram({ onWire }: FramePlan): number {
  const udpAt = 34;
  const view = new DataView(onWire.buffer, onWire.byteOffset);
  const protocolUdp = 17;
  const bytes = view.getUint16(udpAt + 4);
  // In the host's order, as the program adds: the sum does not depend on it (RFC 1071, 2B).
  let sum = (protocolUdp << 8) + view.getUint16(udpAt + 4, true);
  for (let at = 26; at < udpAt; at += 2) sum += view.getUint16(at, true);
  for (let at = udpAt; at < udpAt + bytes; at += 2) {
    if (at === envelopeChecksumAt) continue;
    sum += at + 1 < onWire.length ? view.getUint16(at, true) : onWire[at]!;
  }
  return sum;
}
