/** The verify pass: every frame that comes out is compared, byte by byte, with the reference. */
import {
  type Deviation,
  ExitStatus,
  Expectations,
  type Forwarder,
  IopathError,
  isClean,
  type VerifyingTester,
} from "@iopath/contract";
import { writePcap } from "../../captures/pcap.ts";
import type { VerifiedResult, VerifyRequest } from "../request.ts";
import { openSource, windowFrames } from "./source.ts";

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
  const { ports, shared = false } = request.testbed;
  const { workload } = forwarder;
  const source = openSource(request, workload, deviations);
  const expectations = new Expectations({ workload, ports, deviations, shared });
  const captured: Uint8Array[] = [];
  for (let window = source.next(); window.length > 0; window = source.next()) {
    for (const frame of window) expectations.add(frame);
    tester.send(window);
    const came = await exchange(tester, forwarder, expectations);
    if (request.writePcap) captured.push(...came);
    // A path that loses all would take all day.
    const { receivedMin, judge } = expectations;
    const missing = receivedMin - forwarder.counters().received;
    if (Math.max(missing, judge.verdict().lost) > windowFrames) break;
  }
  if (request.writePcap) writePcap(request.writePcap, captured);
  return report(request, expectations, forwarder, source.notes());
}

/**
 * Steps the forwarder until all that is expected came, and all that was sent was received; and then
 * some. Returns the frames that came out.
 */
async function exchange(
  tester: VerifyingTester,
  forwarder: Forwarder,
  expectations: Expectations,
): Promise<Uint8Array[]> {
  const { judge } = expectations;
  const isDone = () =>
    judge.outstanding === 0 && forwarder.counters().received >= expectations.receivedMin;
  const came: Uint8Array[] = [];
  const began = performance.now();
  let quiet = 0;
  while (quiet < quietSteps) {
    const received = forwarder.step();
    await forwarder.turn?.();
    const frames = tester.collect();
    came.push(...frames.filter((frame) => judge.see(frame)));
    const tookMs = performance.now() - began;
    const busy = received > 0 || frames.length > 0;
    const waiting = !busy && tookMs < deadlineMs && !isDone();
    if (tookMs > busyMsMax) throw endlessFrames(received);
    quiet = busy || waiting ? 0 : quiet + 1;
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

function report(
  request: VerifyRequest,
  expectations: Expectations,
  forwarder: Forwarder,
  sourceNotes: readonly string[],
): VerifiedResult {
  const counters = forwarder.counters();
  const { dropped, droppedUntold } = counters;
  const { reasons } = forwarder.workload;
  const trouble = forwarder.path.kind === "polled" ? forwarder.path.trouble?.() : undefined;
  const problems = [...expectations.counterProblems(counters), ...(trouble ? [trouble] : [])];
  const { firstProblem, ...counts } = expectations.judge.verdict();
  const notes = [...sourceNotes, ...expectations.notes()];
  return {
    status: "verified",
    frames: expectations.frames,
    seed: request.seed,
    judgement: firstProblem === undefined ? counts : { ...counts, firstProblem },
    dropsExpected: expectations.dropped,
    dropsCounted:
      droppedUntold === undefined
        ? Object.fromEntries(reasons.map((reason, i) => [reason, dropped[i]!]))
        : { "for reasons not told": droppedUntold },
    ...(problems.length > 0 ? { counterProblem: problems.join("; ") } : {}),
    ...(notes.length > 0 ? { notes } : {}),
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
