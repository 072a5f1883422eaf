/** The verify pass: every frame that comes out is compared, byte by byte, with the reference. */
import {
  type Deviation,
  ExitStatus,
  type Forwarder,
  hopOf,
  IopathError,
  isClean,
  Judge,
  nextOnWire,
  type VerifyingTester,
  type Workload,
} from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import type { VerifiedResult, VerifyRequest } from "../request.ts";
import { readPcap, writePcap } from "./pcap.ts";

/** Frames on the way at once: well within every ring and socket buffer. */
const windowFrames = 64;
/** A window whose frames are not all back by then has lost some. */
const deadlineMs = 500;
/**
 * Far longer than a window takes, in a guest too: frames that come for as long are not ours.
 */
const busyMsMax = 20_000;
/** Steps that find nothing, after the last frame that was waited for: late duplicates show here. */
const quietSteps = 3;

/** @param deviations of the variant: what it may do otherwise than the workload */
export async function verify(
  request: VerifyRequest,
  tester: VerifyingTester,
  forwarder: Forwarder,
  deviations: readonly Deviation[] = [],
): Promise<VerifiedResult> {
  const { testbed } = request;
  const [, egress] = testbed.ports;
  const { workload } = forwarder;
  const isOurs = filterOf(workload, testbed, deviations);
  const next = frameSource(request, workload);
  const judge = new Judge(workload);
  const dropsExpected = new Map<string, number>(workload.reasons.map((reason) => [reason, 0]));
  const captured: Uint8Array[] = [];
  let frames = 0;
  let forwardable = 0;
  for (let window = next(); window.length > 0; window = next()) {
    frames += window.length;
    for (const frame of window) {
      const outcome = workload.reference(frame, hopOf(egress), deviations);
      if (outcome.forwarded) {
        judge.expect(outcome.frame);
        forwardable++;
      } else dropsExpected.set(outcome.reason, (dropsExpected.get(outcome.reason) ?? 0) + 1);
    }
    tester.send(window);
    const came = await exchange(tester, forwarder, judge, isOurs);
    if (request.writePcap) captured.push(...came);
    if (judge.verdict().lost > windowFrames) break; // a path that loses all would take all day
  }
  if (request.writePcap) writePcap(request.writePcap, captured);
  return report(request, judge, forwarder, frames, forwardable, dropsExpected);
}

/** Windows of frames, from the capture or from the seed; an empty one at the end. */
function frameSource(request: VerifyRequest, workload: Workload): () => Uint8Array[] {
  if (request.pcap) {
    const frames = readPcap(request.pcap).map(({ frame }) => frame);
    rejectUnsendable(frames, request.testbed);
    let at = 0;
    return () => {
      at += windowFrames;
      return frames.slice(at - windowFrames, at);
    };
  }
  const { ports, wires, limits } = request.testbed;
  const macs = { destinationMac: ports[0].mac, sourceMac: wires[0].mac };
  const next = workload.randomFrames(request.seed, macs);
  let left = request.frames;
  return () => {
    const count = Math.min(left, windowFrames);
    left -= count;
    return Array.from({ length: count }, () => nextOnWire(next, limits));
  };
}

const sendableBytes = { min: 14, max: 1514 };

function rejectUnsendable(frames: readonly Uint8Array[], { ports }: Testbed): void {
  const { min, max } = sendableBytes;
  const bad = frames.findIndex((frame) => frame.length < min || frame.length > max);
  if (bad < 0) return;
  const message = `frame ${bad + 1} of the capture has ${frames[bad]!.length} bytes; ${ports[0].device} takes ${min} to ${max}`;
  throw new IopathError(ExitStatus.input, message, {
    remedy: "cut the frame out, or capture with offloads off (`ethtool -K DEV gro off gso off`)",
  });
}

/** Steps the forwarder until all that is expected came, and then some. */
async function exchange(
  tester: VerifyingTester,
  forwarder: Forwarder,
  judge: Judge,
  isOurs: (frame: Uint8Array) => boolean,
): Promise<Uint8Array[]> {
  const came: Uint8Array[] = [];
  const began = performance.now();
  let quiet = 0;
  while (quiet < quietSteps) {
    const received = forwarder.step();
    await forwarder.turn?.();
    const frames = tester.collect().filter(isOurs);
    for (const frame of frames) judge.see(frame);
    came.push(...frames);
    const tookMs = performance.now() - began;
    const waiting = judge.outstanding > 0 && tookMs < deadlineMs;
    if (tookMs > busyMsMax) throw endlessFrames(received);
    quiet = received > 0 || frames.length > 0 || waiting ? 0 : quiet + 1;
  }
  return came;
}

/** @param received in the last step, by the forwarder */
function endlessFrames(received: number): IopathError {
  const where = received > 0 ? "the forwarder received" : "the tester saw";
  const message = `${where} frames for ${busyMsMax / 1000} s, and ${windowFrames} were sent at most`;
  return new IopathError(ExitStatus.cellFailed, message, {
    remedy: "see that nobody else sends on these ports, and that no frame comes back to its sender",
  });
}

/**
 * Frames that are judged. On interfaces that are not ours others speak too; a router that answers
 * speaks on ours as well.
 */
function filterOf(workload: Workload, { shared }: Testbed, deviations: readonly Deviation[]) {
  const answers = deviations.includes("answers");
  return (frame: Uint8Array) =>
    (!shared || workload.isOurs(frame)) && !(answers && workload.isAnswer(frame));
}

function report(
  request: VerifyRequest,
  judge: Judge,
  forwarder: Forwarder,
  frames: number,
  forwardable: number,
  dropsExpected: Map<string, number>,
): VerifiedResult {
  const { received, sent, unsent, dropped, droppedUntold } = forwarder.counters();
  const { reasons } = forwarder.workload;
  const dropsCounted = new Map<string, number>(reasons.map((reason, i) => [reason, dropped[i]!]));
  const wrong = [
    ["received", received, frames],
    ["sent", sent, forwardable],
    ["unsent", unsent, 0],
    ...(droppedUntold === undefined
      ? reasons.map((name) => [name, dropsCounted.get(name)!, dropsExpected.get(name)!])
      : [["dropped", droppedUntold, frames - forwardable]]),
  ].filter(([, counted, wanted]) =>
    // A forwarder counts what others send to its ports as well.
    request.testbed.shared ? counted! < wanted! : counted !== wanted,
  );
  const trouble = forwarder.path.kind === "polled" ? forwarder.path.trouble?.() : undefined;
  const counterProblem = [
    ...wrong.map(
      ([name, counted, wanted]) => `counter ${name} says ${counted}, should say ${wanted}`,
    ),
    ...(trouble ? [trouble] : []),
  ].join("; ");
  const { firstProblem, ...counts } = judge.verdict();
  return {
    status: "verified",
    frames,
    seed: request.seed,
    judgement: firstProblem === undefined ? counts : { ...counts, firstProblem },
    dropsExpected: Object.fromEntries(dropsExpected),
    dropsCounted:
      droppedUntold === undefined
        ? Object.fromEntries(dropsCounted)
        : { "for reasons not told": droppedUntold },
    ...(counterProblem ? { counterProblem } : {}),
  };
}

/** What is wrong, in words; undefined when every frame and every counter is right. */
export function verificationProblem(result: VerifiedResult): string | undefined {
  const { judgement, counterProblem } = result;
  if (isClean({ firstProblem: undefined, ...judgement })) return counterProblem;
  const { lost, duplicated, reordered, corrupted, unknown } = judgement;
  const counts = Object.entries({ lost, duplicated, reordered, corrupted, unknown })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
  return `${counts} of ${judgement.expected} frames: ${judgement.firstProblem}`;
}
