/** Compares the frames that came out with those that should have, one by one and in order. */
import type { Workload } from "./workload.ts";

export interface Judgement {
  readonly expected: number;
  /** Frames that came out right, whatever their order. */
  readonly matched: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** Frames that nobody asked for: not sent, or to be dropped. */
  readonly unknown: number;
  /** The first thing that went wrong, in words. */
  readonly firstProblem: string | undefined;
}

/** How many frames already seen are kept, to tell a duplicate from a stranger. */
const memoryFrames = 1024;

/**
 * Feed it `expect` and `see` in any interleaving in which a frame is expected before it is seen. A
 * frame overtaken by a later one counts as reordered when it comes after all, else as lost.
 */
export class Judge {
  readonly #identityOf: Workload["identityOf"];
  /** Whether an unexpected frame is another sender's, so that it is not judged. */
  readonly #isForeign: (frame: Uint8Array) => boolean;
  #pending: Buffer[] = [];
  #seen: Buffer[] = [];
  #overtaken = new Set<Buffer>();
  /** Of those that have not come out: which the next one may overtake. */
  #mayWait = new Set<Buffer>();
  #expected = 0;
  #matched = 0;
  #duplicated = 0;
  #reordered = 0;
  #waited = 0;
  #corrupted = 0;
  #unknown = 0;
  #firstProblem: string | undefined;
  #lastProblem: string | undefined;

  constructor(
    { identityOf }: Pick<Workload, "identityOf">,
    isForeign: (frame: Uint8Array) => boolean = () => false,
  ) {
    this.#identityOf = identityOf;
    this.#isForeign = isForeign;
  }

  /**
   * A frame that should come out. The bytes are kept, not copied.
   *
   * @param mayWait whether it may come right behind the next one that may not
   */
  expect(frame: Uint8Array, mayWait = false): void {
    const kept = asBuffer(frame);
    this.#pending.push(kept);
    if (mayWait) this.#mayWait.add(kept);
    this.#expected++;
  }

  /** How many frames came behind the next one, as they might. */
  get waited(): number {
    return this.#waited;
  }

  /** How many frames have not come out yet. */
  get outstanding(): number {
    return this.#pending.length + this.#overtaken.size;
  }

  /** What was wrong with the last frame that was, in words. */
  get lastProblem(): string | undefined {
    return this.#lastProblem;
  }

  /** A frame that came out; false when it is somebody else's, and not judged. */
  see(bytes: Uint8Array): boolean {
    const frame = asBuffer(bytes);
    // Of two equal frames the one that is late already came first.
    for (const late of this.#overtaken) {
      if (late.equals(frame)) return this.#seeLate(late);
    }
    const ahead = this.#pending.findIndex((candidate) => candidate.equals(frame));
    if (ahead < 0) return this.#seeOutOfLine(frame);
    this.#overtake(ahead, frame);
    this.#match(this.#pending.shift()!);
    return true;
  }

  #seeLate(frame: Buffer): true {
    this.#overtaken.delete(frame);
    if (this.#mayWait.has(frame)) this.#waited++;
    else this.#reordered++;
    this.#match(frame);
    return true;
  }

  /** Notes which frames `frame` overtakes: the next ones, and those that were overtaken before. */
  #overtake(count: number, frame: Buffer): void {
    for (const again of this.#overtaken) {
      if (this.#mayWait.delete(again)) this.#note("a frame was overtaken by two", again);
    }
    const late = this.#pending.splice(0, count);
    for (const one of late) this.#overtaken.add(one);
    if (late.every((one) => this.#mayWait.has(one))) return;
    this.#note(`frame ${this.#matched} was overtaken by the one ${count} behind it`, frame);
  }

  #seeOutOfLine(frame: Buffer): boolean {
    if (this.#seen.some((candidate) => candidate.equals(frame))) {
      this.#duplicated++;
      this.#note("a frame came out twice", frame);
      return true;
    }
    if (this.#isForeign(frame)) return false;
    this.#seeWrongBytes(frame);
    return true;
  }

  #seeWrongBytes(frame: Buffer): void {
    const original = this.#pending.findIndex((candidate) => this.#isSame(candidate, frame));
    if (original < 0) {
      this.#unknown++;
      this.#note("a frame came out that should not have", frame);
      return;
    }
    this.#corrupted++;
    const [wanted] = this.#pending.splice(original, 1);
    const at = wanted!.findIndex((byte, i) => byte !== frame[i]);
    this.#note(`byte ${at} is ${frame[at]}, should be ${wanted![at]}`, frame);
  }

  #isSame(a: Buffer, b: Buffer): boolean {
    const identity = this.#identityOf(a);
    return a.length === b.length && identity !== undefined && identity === this.#identityOf(b);
  }

  #match(frame: Buffer): void {
    this.#matched++;
    this.#mayWait.delete(frame);
    this.#seen.push(frame);
    if (this.#seen.length > memoryFrames) this.#seen.shift();
  }

  #note(problem: string, frame: Buffer): void {
    const head = frame.subarray(0, 42).toString("hex");
    this.#lastProblem = `${problem} (${frame.length} bytes, starting ${head})`;
    this.#firstProblem ??= this.#lastProblem;
  }

  /** What is known now; frames that have not come out count as lost. */
  verdict(): Judgement {
    const lost = this.outstanding;
    return {
      expected: this.#expected,
      matched: this.#matched,
      lost,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      corrupted: this.#corrupted,
      unknown: this.#unknown,
      firstProblem: this.#firstProblem ?? (lost > 0 ? `${lost} frames never came out` : undefined),
    };
  }
}

/** True when every frame came out once, right and in order. */
export function isClean(judgement: Judgement): boolean {
  return judgement.firstProblem === undefined && judgement.matched === judgement.expected;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
