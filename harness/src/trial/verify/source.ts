/** What the verify pass sends: random frames from a seed, or those of a capture, in windows. */
import { networkInterfaces } from "node:os";
import {
  asOnWire,
  type Deviation,
  hopBytes,
  isOfTestNetwork,
  isTaggedRunt,
  isToOneOf,
  macsInto,
  nextOnWire,
  type Workload,
} from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { inNamespace } from "@iopath/native";
import { parsePcap } from "../../captures/pcap.ts";
import type { VerifyRequest } from "../request.ts";

/** Frames on the way at once: well within every ring and socket buffer. */
export const windowFrames = 64;

interface Source {
  /** The next window; an empty one at the end. */
  next(): Uint8Array[];
  /** What was done to the frames, or that some were left out: a sentence each. */
  notes(): string[];
}

/** @param deviations of the variant that the frames go through */
export function openSource(
  request: VerifyRequest,
  workload: Workload,
  deviations: readonly Deviation[],
): Source {
  const { capture } = request;
  return capture === undefined
    ? openRandom(request, workload)
    : openCapture(capture, request.testbed, workload, deviations);
}

function openRandom({ testbed, seed, frames }: VerifyRequest, workload: Workload): Source {
  const { ports, limits } = testbed;
  const next = workload.randomFrames(seed, macsInto(workload, ports));
  let left = frames;
  return {
    next: () => {
      const count = Math.min(left, windowFrames);
      left -= count;
      return Array.from({ length: count }, () => nextOnWire(next, limits));
    },
    notes: () => [],
  };
}

/** Linux drops such a frame before any socket gets it. */
const noTesterSees = "too short for their VLAN tag, so that no tester would see them come back";

/**
 * Frames are addressed as the tester's own are, as a switch or router before the port would do:
 * cards take no others, nor does the kernel's router.
 */
function openCapture(
  capture: string,
  testbed: Testbed,
  workload: Workload,
  deviations: readonly Deviation[],
): Source {
  const { ports, limits } = testbed;
  const addresses = hopBytes(macsInto(workload, ports));
  const whyNot = guardOf(testbed, deviations);
  const leftOut = new Map<string, number>();
  let readdressed = 0;
  const frames = parsePcap(Buffer.from(capture, "base64"), "the capture").flatMap(({ bytes }) => {
    const isAddressed = addresses.every((byte, i) => byte === bytes[i]);
    bytes.set(addresses);
    const unseen = workload.forwardsTagged && isTaggedRunt(bytes) ? noTesterSees : undefined;
    const frame = whyNot(bytes) ?? unseen ?? asOnWire(bytes, limits);
    if (typeof frame === "string") {
      leftOut.set(frame, (leftOut.get(frame) ?? 0) + 1);
      return [];
    }
    if (!isAddressed) readdressed++;
    return [frame];
  });
  let at = 0;
  return {
    next: () => {
      at += windowFrames;
      return frames.slice(at - windowFrames, at);
    },
    notes: () => [
      ...(readdressed > 0 ? [`${counted(readdressed)} sent to the MAC of the ingress port`] : []),
      ...[...leftOut].map(([why, count]) => `${counted(count)} left out: ${why}`),
    ],
  };
}

/**
 * Why a frame must not be sent to ports of the user's, if so: nothing of ours may leave by another
 * interface. The machine answers what is addressed to it, by whatever way its routes say, and its
 * router would take other destinations there as well.
 */
function guardOf({ shared, forwarderNamespace }: Testbed, deviations: readonly Deviation[]) {
  if (!shared) return () => undefined;
  const interfaces = inNamespace(forwarderNamespace, () => networkInterfaces());
  const own = Object.values(interfaces).flatMap((list = []) => list.map(({ address }) => address));
  const routes = deviations.includes("routes-by-address");
  return (frame: Uint8Array): string | undefined => {
    if (isToOneOf(own, frame)) return "this machine would answer them";
    const isRoutedElsewhere = routes && !isOfTestNetwork(frame);
    return isRoutedElsewhere ? "the kernel would route them by its own routes" : undefined;
  };
}

function counted(count: number): string {
  return count === 1 ? "1 frame" : `${count} frames`;
}
