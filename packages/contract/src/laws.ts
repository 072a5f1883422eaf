/**
 * The laws that every path obeys, over any way to put frames in and take them out. A law is a check
 * that returns what is wrong, in words, or nothing.
 */
import { Batch } from "./batch.ts";
import type { Forwarder } from "./forwarder.ts";
import { dropReasons } from "./ipv4-forward.ts";
import { isClean, Judge } from "./judge.ts";
import type { PortSpec } from "./path.ts";
import { randomFrames } from "./random-frames.ts";
import { referenceForward } from "./reference.ts";
import { nextOnWire, type WireLimits } from "./wire.ts";

/** A forwarder, and the wire on both sides of it. */
export interface Subject {
  readonly forwarder: Forwarder;
  readonly ingress: PortSpec;
  readonly egress: PortSpec;
  /** Of the wire into port 0. */
  readonly limits?: WireLimits;
  /** Puts frames on the wire into port 0. */
  send(frames: readonly Uint8Array[]): void;
  /** Takes the frames that came out of port 1 since the last call. */
  collect(): Uint8Array[];
}

export interface Law {
  readonly name: string;
  check(subject: Subject, seed: number): string | undefined;
}

/** Frames of one window, and how often a quiet forwarder is stepped before it is believed. */
const windowFrames = 32;
const quietSteps = 200;

export const laws: readonly Law[] = [
  { name: "a quiet port receives nothing", check: quietPortReceivesNothing },
  { name: "an empty batch transmits nothing", check: emptyBatchTransmitsNothing },
  { name: "frames received lie within the memory, at multiples of 4", check: framesLieWithin },
  { name: "every frame comes out once, in order, as the reference says", check: framesAreRight },
  { name: "counters tell what happened, by reason", check: countersAreTrue },
];

function quietPortReceivesNothing({ forwarder, collect }: Subject): string | undefined {
  for (let i = 0; i < 10; i++) {
    const received = forwarder.step();
    if (received !== 0) return `step ${i} on a quiet port received ${received} frames`;
  }
  const came = collect().length;
  return came === 0 ? undefined : `${came} frames came out and none was sent`;
}

function emptyBatchTransmitsNothing({ forwarder, collect }: Subject): string | undefined {
  const { path } = forwarder;
  if (path.kind === "attached") return undefined;
  const before = path.counters();
  const sent = path.egress.transmit(new Batch(8));
  const after = path.counters();
  if (sent !== 0 || after.sent !== before.sent) return `an empty batch sent ${sent} frames`;
  return collect().length === 0 ? undefined : "an empty batch put frames on the wire";
}

function framesLieWithin(subject: Subject, seed: number): string | undefined {
  const { path } = subject.forwarder;
  if (path.kind === "attached") return undefined;
  const batch = new Batch(windowFrames);
  const next = randomFrames(seed, subject.ingress.mac, subject.ingress.neighbor.mac);
  subject.send(Array.from({ length: windowFrames }, () => nextOnWire(next, subject.limits)));
  let problem: string | undefined;
  let quiet = 0;
  while (quiet < quietSteps) {
    const count = path.ingress.receive(batch);
    quiet = count === 0 ? quiet + 1 : 0;
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

function framesAreRight(subject: Subject, seed: number): string | undefined {
  const judge = exercise(subject, seed).judge;
  const verdict = judge.verdict();
  return isClean(verdict) ? undefined : verdict.firstProblem;
}

function countersAreTrue(subject: Subject, seed: number): string | undefined {
  const before = snapshot(subject.forwarder);
  const { sent, forwarded, dropped } = exercise(subject, seed);
  const after = snapshot(subject.forwarder);
  const counted = after.map((value, i) => value - before[i]!);
  const wanted = [sent, forwarded, 0, ...dropped];
  const names = ["received", "sent", "unsent", ...dropReasons];
  const wrong = names.filter((_, i) => counted[i] !== wanted[i]);
  if (wrong.length === 0) return undefined;
  return wrong
    .map((name) => {
      const i = names.indexOf(name);
      return `${name}: counted ${counted[i]}, should be ${wanted[i]}`;
    })
    .join("; ");
}

function snapshot(forwarder: Forwarder): number[] {
  const { received, sent, unsent, dropped } = forwarder.counters();
  return [received, sent, unsent, ...dropped];
}

/** Sends 20 windows of random frames, each judged before the next is sent. */
function exercise(subject: Subject, seed: number) {
  const { forwarder, ingress, egress, limits } = subject;
  const next = randomFrames(seed, ingress.mac, ingress.neighbor.mac);
  const judge = new Judge();
  const dropped = dropReasons.map(() => 0);
  let forwarded = 0;
  const windows = 20;
  for (let w = 0; w < windows; w++) {
    const frames = Array.from({ length: windowFrames }, () => nextOnWire(next, limits));
    for (const frame of frames) {
      const outcome = referenceForward(frame, egress.neighbor.mac, egress.mac);
      if (outcome.forwarded) {
        judge.expect(outcome.frame);
        forwarded++;
      } else dropped[dropReasons.indexOf(outcome.reason)]!++;
    }
    subject.send(frames);
    drain(subject, forwarder, judge);
  }
  return { judge, sent: windows * windowFrames, forwarded, dropped };
}

function drain(subject: Subject, forwarder: Forwarder, judge: Judge): void {
  let quiet = 0;
  while (quiet < quietSteps) {
    const received = forwarder.step();
    const frames = subject.collect();
    for (const frame of frames) judge.see(frame);
    const busy = received > 0 || frames.length > 0;
    quiet = busy ? 0 : quiet + 1;
    if (judge.outstanding === 0 && quiet >= 3) return;
  }
}
