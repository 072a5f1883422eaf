/** The verify pass: every frame that comes out is compared, byte by byte, with the reference. */
import {
  type Deviation,
  Expectations,
  type Forwarder,
  isClean,
  newPatience,
  type VerifyingTester,
} from "@iopath/contract";
import { writePcap } from "../../captures/pcap.ts";
import type { VerifiedResult, VerifyRequest } from "../request.ts";
import { openSource, windowFrames } from "./source.ts";

/** Frames of a window that are not back when none came for so long are lost. */
const deadlineMs = 500;
/** Steps that find nothing, after the last frame that was waited for: late duplicates show here. */
const quietStepsMin = 3;

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
    const came = await exchange(tester, forwarder, expectations, shared);
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
 *
 * @param shared whether others send on these ports too: their frames keep nothing going
 */
async function exchange(
  tester: VerifyingTester,
  forwarder: Forwarder,
  expectations: Expectations,
  shared: boolean,
): Promise<Uint8Array[]> {
  const { judge } = expectations;
  const isDone = () =>
    judge.outstanding === 0 && forwarder.counters().received >= expectations.receivedMin;
  const came: Uint8Array[] = [];
  const patience = newPatience(deadlineMs);
  while (!patience.isOver()) {
    const received = forwarder.step();
    await forwarder.turn?.();
    const ours = tester.collect().filter((frame) => judge.see(frame));
    came.push(...ours);
    patience.saw((shared ? 0 : received) + ours.length, judge.lastProblem);
    if (patience.quietSteps >= quietStepsMin && isDone()) break;
  }
  return came;
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
