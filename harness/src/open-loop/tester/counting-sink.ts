/**
 * The sink of an open loop: an XDP program at the far end of the egress that counts frames, looks
 * at their number, order and content, and bins how long each was on its way. All of it is in one
 * map, which user space reads as memory when traffic has stopped. One queue of the device leads to
 * it, so that it never runs twice at a time, and no count is atomic.
 */
import { attachInEitherMode } from "@iopath/lab";
import { Assembler, asm, BpfMap, bpf, XdpProgram } from "@iopath/native";
import { type Bins, binCount, binShift, largestExponent } from "../bins.ts";
import type { FramePlan } from "./frame-plan.ts";
import { type Arrivals, seenFrames } from "./traffic.ts";

const { r0, r1, r3, r4, r5, r6, r7, r8, r9, r2 } = asm;

/** Byte offsets in the map; all are u64. */
const at = {
  forwarded: 0,
  foreign: 8,
  stale: 16,
  corrupted: 24,
  reordered: 32,
  duplicated: 40,
  /** The number after the highest that came. */
  next: 48,
  maxNs: 56,
  epoch: 64,
  /** Whatever came: what tells that traffic has stopped. */
  arrived: 72,
} as const;
const binsAt = 4096;
const seenAt = binsAt + binCount * 8;
const valueBytes = seenAt + seenFrames * 4;

export class CountingSink implements Disposable {
  readonly #values: ReturnType<BpfMap["mapValues"]>;
  readonly #resources: DisposableStack;

  /** On a device of the caller's namespace. */
  constructor(device: string, plan: FramePlan) {
    using opening = new DisposableStack();
    const type = bpf.BPF_MAP_TYPE_ARRAY;
    const flags = bpf.BPF_F_MMAPABLE;
    const map = opening.use(
      new BpfMap({ type, valueBytes, entries: 1, name: "iopath_arrived", flags }),
    );
    this.#values = opening.use(map.mapValues());
    const program = opening.use(new XdpProgram("iopath_arrive", sinkProgram(map, plan)));
    opening.use(attachInEitherMode(program, device).link);
    this.#resources = opening.move();
  }

  /** Forgets all, and takes frames of this trial from now on. */
  begin(epoch: number): void {
    this.#values.u8.fill(0);
    this.#values.setUint64(at.epoch, epoch);
  }

  /** Grows while frames come. */
  arrived(): number {
    return this.#values.getUint64(at.arrived);
  }

  counts(): Arrivals {
    const read = (offset: number) => this.#values.getUint64(offset);
    return {
      forwarded: read(at.forwarded),
      duplicated: read(at.duplicated),
      reordered: read(at.reordered),
      corrupted: read(at.corrupted),
      foreign: read(at.foreign),
      stale: read(at.stale),
      maxNs: read(at.maxNs),
    };
  }

  /** Only those bins that are not empty. */
  bins(): Bins {
    const bins: [number, number][] = [];
    for (let bin = 0; bin < binCount; bin++) {
      const count = this.#values.getUint64(binsAt + bin * 8);
      if (count > 0) bins.push([bin, count]);
    }
    return bins;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** Adds one to a counter; r3 is lost. */
function increment(program: Assembler, offset: number): Assembler {
  return program.load("u64", r3, r9, offset).immediate("add", r3, 1).store("u64", r9, offset, r3);
}

function sinkProgram(map: BpfMap, plan: FramePlan): Assembler {
  const { mark, stamps } = plan;
  const program = new Assembler()
    .load("u32", r6, r1, bpf.xdpData)
    .load("u32", r7, r1, bpf.xdpDataEnd)
    .loadMapValue(r9, map.fd);
  increment(program, at.arrived);
  program
    .register("move", r3, r6)
    .immediate("add", r3, plan.frameAt + plan.frameBytes)
    .jumpIfRegister(r3, "above", r7, "foreign")
    .load("u32", r3, r6, mark.at)
    .jump32If(r3, "notEqual", mark.value, "foreign")
    .load("u16", r3, r6, stamps.epoch)
    .load("u64", r4, r9, at.epoch)
    .jumpIfRegister(r3, "notEqual", r4, "stale");
  compareContent(program, plan);
  lookAtNumber(program, map, stamps.sequence);
  binLatency(program, map, stamps.time);
  increment(program, at.forwarded).jump("drop");
  for (const fate of ["foreign", "stale", "corrupted", "duplicated"] as const) {
    program.label(fate);
    increment(program, at[fate]).jump("drop");
  }
  return program.label("drop").immediate("move", r0, bpf.XDP_DROP).exit();
}

function compareContent(program: Assembler, { constants, frameAt, frameBytes }: FramePlan): void {
  program
    .register("move", r3, r7)
    .register("subtract", r3, r6)
    .jumpIf(r3, "notEqual", frameAt + frameBytes, "corrupted");
  for (const { at: offset, size, value } of constants) {
    program.load(size, r3, r6, offset).jump32If(r3, "notEqual", value, "corrupted");
  }
}

/** Whether it came before, and whether a later one did. */
function lookAtNumber(program: Assembler, map: BpfMap, sequenceAt: number): void {
  program
    .load("u32", r8, r6, sequenceAt)
    .register("move", r4, r8)
    .immediate("and", r4, seenFrames - 1)
    .immediate("shiftLeft", r4, 2)
    .loadMapValue(r5, map.fd, seenAt)
    .register("add", r5, r4)
    .immediate("add", r8, 1)
    .load("u32", r3, r5, 0)
    .jumpIfRegister(r3, "equal", r8, "duplicated")
    .store("u32", r5, 0, r8)
    .load("u64", r3, r9, at.next)
    .jumpIfRegister(r8, "above", r3, "inOrder");
  increment(program, at.reordered)
    .jump("numbered")
    .label("inOrder")
    .store("u64", r9, at.next, r8)
    .label("numbered");
}

/** The bin of the time since it was sent: see bins.ts. */
function binLatency(program: Assembler, map: BpfMap, timeAt: number): void {
  program
    .call(bpf.helperMonotonicTime)
    .load("u64", r3, r6, timeAt)
    .register("move", r8, r0)
    .register("subtract", r8, r3)
    .load("u64", r3, r9, at.maxNs)
    .jumpIfRegister(r8, "belowOrEqual", r3, "noLonger")
    .store("u64", r9, at.maxNs, r8)
    .label("noLonger")
    .register("move", r4, r8)
    .jumpIf(r8, "below", 1 << binShift, "binned")
    // r2 becomes the place of the highest bit of r8
    .immediate("move", r2, 0)
    .register("move", r4, r8);
  for (const step of [32, 16, 8, 4, 2, 1]) {
    program
      .register("move", r5, r4)
      .immediate("shiftRight", r5, step)
      .jumpIf(r5, "equal", 0, `below${step}`)
      .register("move", r4, r5)
      .immediate("add", r2, step)
      .label(`below${step}`);
  }
  program
    .jumpIf(r2, "belowOrEqual", largestExponent, "inRange")
    .immediate("move", r4, binCount - 1)
    .jump("binned")
    .label("inRange")
    .register("move", r4, r8)
    .register("move", r3, r2)
    .immediate("subtract", r3, binShift)
    .register("shiftRight", r4, r3)
    .immediate("and", r4, (1 << binShift) - 1)
    .immediate("add", r3, 1)
    .immediate("shiftLeft", r3, binShift)
    .register("add", r4, r3)
    .label("binned")
    .immediate("and", r4, binCount - 1)
    .immediate("shiftLeft", r4, 3)
    .loadMapValue(r5, map.fd, binsAt)
    .register("add", r5, r4)
    .load("u64", r3, r5, 0)
    .immediate("add", r3, 1)
    .store("u64", r5, 0, r3);
}
