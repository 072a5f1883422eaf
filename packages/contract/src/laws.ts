/**
 * The laws that every path obeys, over any way to put frames in and take them out. A law is a check
 * that returns what is wrong, in words, or nothing.
 */
import { Batch } from "./batch.ts";
import { batchLaws } from "./batch-laws.ts";
import { Expectations } from "./expectations.ts";
import type { Forwarder } from "./forwarder.ts";
import { isClean } from "./judge.ts";
import type { Counters } from "./path.ts";
import { newPatience, windowQuietMs } from "./patience.ts";
import { neitherCompilesNorAllocates } from "./steady-law.ts";
import { expectingOf, framesInto, type Law, type Subject } from "./subject.ts";
import { nextOnWire } from "./wire.ts";

const windowFrames = 32;

export const laws: readonly Law[] = [
  { name: "a quiet port receives nothing", check: quietPortReceivesNothing },
  { name: "an empty batch transmits nothing", check: emptyBatchTransmitsNothing },
  { name: "frames received lie within the memory, at multiples of 4", check: framesLieWithin },
  { name: "every frame comes out once, in order, as the reference says", check: framesAreRight },
  { name: "counters tell what happened, by reason", check: countersAreTrue },
  ...batchLaws,
  {
    name: "a forwarder neither compiles nor allocates per frame",
    check: neitherCompilesNorAllocates,
  },
];

async function quietPortReceivesNothing({ forwarder, collect }: Subject) {
  for (let i = 0; i < 10; i++) {
    const received = forwarder.step();
    await forwarder.turn?.();
    if (received !== 0) return `step ${i} on a quiet port received ${received} frames`;
  }
  const came = collect().length;
  return came === 0 ? undefined : `${came} frames came out and none was sent`;
}

async function emptyBatchTransmitsNothing({ forwarder, collect }: Subject) {
  const { path } = forwarder;
  if (path.kind === "attached") return undefined;
  const before = path.counters();
  const sent = path.egress.transmit(new Batch(8));
  const after = path.counters();
  if (sent !== 0 || after.sent !== before.sent) return `an empty batch sent ${sent} frames`;
  return collect().length === 0 ? undefined : "an empty batch put frames on the wire";
}

async function framesLieWithin(subject: Subject, seed: number) {
  const { path } = subject.forwarder;
  if (path.kind === "attached") return undefined;
  const batch = new Batch(windowFrames);
  const next = framesInto(subject, seed);
  subject.send(Array.from({ length: windowFrames }, () => nextOnWire(next, subject.limits)));
  let problem: string | undefined;
  const patience = newPatience();
  while (!patience.isOver()) {
    const count = path.ingress.receive(batch);
    patience.saw(count);
    if (count !== batch.count)
      problem ??= `receive returned ${count}, the batch holds ${batch.count}`;
    problem ??= misplaced(batch, path.memory.length);
    batch.length.fill(0); // dropped: transmit takes the buffers back
    path.egress.transmit(batch);
    batch.count = 0;
  }
  return problem;
}

function misplaced(batch: Batch, memoryBytes: number): string | undefined {
  for (let i = 0; i < batch.count; i++) {
    const at = batch.offset[i]!;
    const length = batch.length[i]!;
    if (at % 4 !== 0) return `frame ${i} starts at ${at}, no multiple of 4`;
    if (length === 0) return `frame ${i} is empty`;
    if (at + length > memoryBytes) return `frame ${i} ends at ${at + length} of ${memoryBytes}`;
  }
  return undefined;
}

async function framesAreRight(subject: Subject, seed: number) {
  const { received: before } = subject.forwarder.counters();
  const { judge, receivedMin } = await exercise(subject, seed);
  const verdict = judge.verdict();
  if (!isClean(verdict)) return verdict.firstProblem;
  const received = subject.forwarder.counters().received - before;
  return received < receivedMin ? `${received} of ${receivedMin} frames were received` : undefined;
}

async function countersAreTrue(subject: Subject, seed: number) {
  const before = snapshot(subject.forwarder);
  const expectations = await exercise(subject, seed);
  const problems = expectations.counterProblems(subject.forwarder.counters(), before);
  return problems.length === 0 ? undefined : problems.join("; ");
}

/** A copy: a path may count on in the same arrays. */
function snapshot(forwarder: Forwarder): Counters {
  const counters = forwarder.counters();
  return { ...counters, dropped: counters.dropped.slice() };
}

/**
 * Sends 20 windows of random frames, each judged before the next is sent; none after one in which
 * something is wrong.
 */
async function exercise(subject: Subject, seed: number): Promise<Expectations> {
  const { forwarder, limits } = subject;
  const next = framesInto(subject, seed);
  const expectations = new Expectations(expectingOf(subject));
  const { received: before } = forwarder.counters();
  const windows = 20;
  for (let w = 0; w < windows; w++) {
    const frames = Array.from({ length: windowFrames }, () => nextOnWire(next, limits));
    for (const frame of frames) expectations.add(frame);
    subject.send(frames);
    if (!(await drain(subject, expectations, before))) break;
  }
  return expectations;
}

/**
 * @param before frames that the forwarder had received before the first of these
 * @returns whether all frames were received, and those to be forwarded came out right
 */
async function drain(
  { forwarder, collect }: Subject,
  expectations: Expectations,
  before: number,
): Promise<boolean> {
  const { judge } = expectations;
  const patience = newPatience(windowQuietMs);
  while (!patience.isOver() && judge.lastProblem === undefined) {
    const received = forwarder.step();
    await forwarder.turn?.();
    const frames = collect();
    for (const frame of frames) judge.see(frame);
    patience.saw(received + frames.length, judge.lastProblem);
    const isDone = () => forwarder.counters().received - before >= expectations.receivedMin;
    if (judge.outstanding === 0 && patience.quietSteps >= 3 && isDone()) return true;
  }
  return false;
}
