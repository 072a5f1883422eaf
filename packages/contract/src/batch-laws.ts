/**
 * The laws of what a workload may do to a batch: they take its place between `receive` and
 * `transmit` of a polled path, change frames there, and look at what comes out. Like a workload
 * they address each frame to the next hop, since the wire may be a switch.
 */
import { Batch, noRoom, type Room } from "./batch.ts";
import { expectFrame } from "./expect-frame.ts";
import { ethernetHeaderBytes, largestFrameBytes } from "./frame.ts";
import { isClean, Judge } from "./judge.ts";
import type { PolledPath } from "./path.ts";
import { newPatience, windowQuietMs } from "./patience.ts";
import { expectingOf, framesInto, type Law, type Subject } from "./subject.ts";
import { nextOnWire } from "./wire.ts";
import { hopBytes, hopOf } from "./workload.ts";

const windows = 20;
const windowFrames = 32;
/** The bytes of two MAC addresses move along with a frame's start. */
const macBytes = 12;
const stepBytes = 4;
/** Steps without a frame in which a duplicate would show. */
const quietStepsMin = 3;

/** What a law does to frame i of a batch; `turn` differs from frame to frame, and repeats. */
type Change = (batch: Batch, i: number, turn: number, at: Limits) => void;

interface Limits {
  readonly memory: Uint8Array;
  readonly room: Room;
  /** No wire carries a shorter frame as it is. */
  readonly shortestBytes: number;
}

export const batchLaws: readonly Law[] = [
  { name: "a frame that got shorter or longer comes out so", check: checking(resize) },
  { name: "a frame whose start moved comes out so", check: checking(moveStart) },
  { name: "a drop that only the length tells is a drop", check: checking(drop) },
];

/** Every seventh frame, the first and the last of a burst of 32 among them, and whole bursts. */
function drop({ length }: Batch, i: number, turn: number): void {
  const wholeBurst = Math.floor(turn / windowFrames) % 5 === 4;
  if (wholeBurst || turn % 7 === 0 || turn % windowFrames === windowFrames - 1) length[i] = 0;
}

/** Two of five frames grow and two shrink: a burst may have as many bytes as before. */
function resize(batch: Batch, i: number, turn: number, { memory, room, shortestBytes }: Limits) {
  const before = batch.length[i]!;
  const by = (turn % 3) * stepBytes + 1;
  if (turn % 5 < 2) {
    const after = Math.min(before + by, before + room.tail, largestFrameBytes);
    if (after <= before) return;
    const end = batch.offset[i]! + before;
    memory.fill(turn, end, end + after - before);
    batch.length[i] = after;
  } else if (turn % 5 < 4) {
    batch.length[i] = Math.min(before, Math.max(before - by, shortestBytes));
  }
}

/** Takes four bytes out behind the MAC addresses, or puts four in, as with the tag of a VLAN. */
function moveStart(batch: Batch, i: number, turn: number, { memory, room, shortestBytes }: Limits) {
  if (room.head < stepBytes || turn % 3 === 2) return;
  const at = batch.offset[i]!;
  const by = turn % 3 === 0 ? stepBytes : -stepBytes;
  const after = batch.length[i]! - by;
  if (after < shortestBytes || after > largestFrameBytes) return;
  memory.copyWithin(at + by, at, at + macBytes);
  if (by < 0) memory.fill(turn, at + by + macBytes, at + macBytes);
  batch.offset[i] = at + by;
  batch.length[i] = after;
}

function checking(change: Change): Law["check"] {
  return async (subject, seed) => {
    const { path } = subject.forwarder;
    // What passes between the ports of an attached path is not in our hands.
    return path.kind === "attached" ? undefined : new Exercise(subject, path, change).run(seed);
  };
}

/**
 * Random frames that every path receives as they were sent: none with a VLAN tag, of which packet
 * sockets hand over the headers alone, and none that the variant deviates for.
 */
function framesAsSent(subject: Subject, seed: number): () => Uint8Array {
  const expected = expectingOf(subject);
  const usual = { shortestFrameBytes: 0, dropsBrokenIp: false };
  const carried = { ...usual, ...subject.limits, dropsVlanTagged: true };
  const next = framesInto(subject, seed);
  return () => {
    for (;;) {
      const frame = nextOnWire(next, carried);
      if (expectFrame(frame, expected).deviation === undefined) return frame;
    }
  };
}

/** Windows of random frames through a path, with a change in the workload's place. */
class Exercise {
  readonly #subject: Subject;
  readonly #path: PolledPath;
  readonly #change: Change;
  readonly #limits: Limits;
  /** The MACs of frames that leave by port 1. */
  readonly #macs: Uint8Array;
  readonly #judge: Judge;
  readonly #batch = new Batch(windowFrames);
  /** Frames that were sent and have not been received. */
  readonly #coming: Uint8Array[] = [];
  #turn = 0;
  #forwarded = 0;

  constructor(subject: Subject, path: PolledPath, change: Change) {
    const { memory, room = noRoom } = path;
    this.#subject = subject;
    this.#judge = new Judge(subject.forwarder.workload);
    this.#path = path;
    this.#change = change;
    const shortestBytes = subject.limits?.shortestFrameBytes ?? ethernetHeaderBytes;
    this.#limits = { memory, room, shortestBytes };
    this.#macs = hopBytes(hopOf(subject.egress));
  }

  run(seed: number): string | undefined {
    const { send } = this.#subject;
    const next = framesAsSent(this.#subject, seed);
    const before = this.#path.counters();
    for (let window = 0; window < windows; window++) {
      const frames = Array.from({ length: windowFrames }, next);
      this.#coming.push(...frames);
      send(frames);
      if (!this.#takeThrough()) break;
    }
    const verdict = this.#judge.verdict();
    const missing = this.#coming.length;
    if (this.#judge.lastProblem === undefined && missing > 0) {
      return `${missing} of ${windowFrames} frames were not received as they were sent`;
    }
    if (!isClean(verdict)) return verdict.firstProblem;
    const { sent, unsent } = this.#path.counters();
    const counted = [sent - before.sent, unsent - before.unsent];
    if (counted[0] === this.#forwarded && counted[1] === 0) return undefined;
    return `${counted.join(" and ")} were counted as sent and unsent, of ${this.#forwarded} frames`;
  }

  /** Whether all frames came in, and those to be forwarded came out right. */
  #takeThrough(): boolean {
    const patience = newPatience(windowQuietMs);
    while (!patience.isOver() && this.#judge.lastProblem === undefined) {
      patience.saw(this.#step(), this.#judge.lastProblem);
      const through = this.#coming.length === 0 && this.#judge.outstanding === 0;
      if (through && patience.quietSteps >= quietStepsMin) return true;
    }
    return false;
  }

  /** Returns how many frames came in or out. */
  #step(): number {
    const batch = this.#batch;
    const count = this.#path.ingress.receive(batch);
    for (let i = 0; i < count; i++) {
      if (this.#isOurs(batch, i)) this.#change(batch, i, this.#turn++, this.#limits);
      else batch.length[i] = 0;
      const [at, length] = [batch.offset[i]!, batch.length[i]!];
      if (length === 0) continue;
      this.#limits.memory.set(this.#macs, at);
      this.#judge.expect(this.#limits.memory.slice(at, at + length));
      this.#forwarded++;
    }
    if (count > 0) this.#path.egress.transmit(batch);
    const came = this.#subject.collect();
    for (const frame of came) this.#judge.see(frame);
    return count + came.length;
  }

  /** Others may speak on the wire too, such as the kernel. Ours come in order. */
  #isOurs({ offset, length }: Batch, i: number): boolean {
    const [at, sent] = [offset[i]!, this.#coming[0]];
    const frame = this.#limits.memory.subarray(at, at + length[i]!);
    if (sent === undefined || Buffer.compare(sent, frame) !== 0) return false;
    this.#coming.shift();
    return true;
  }
}
