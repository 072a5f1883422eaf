/**
 * A path in memory, to test the harness and the laws themselves. It forwards at once and without
 * loss. A fault makes it break one law, to prove that the law can fail.
 */
import type { Batch, Room } from "./batch.ts";
import { largestFrameBytes } from "./frame.ts";
import { FrameQueue } from "./frame-queue.ts";
import { withOwnCode } from "./own-code.ts";
import type { Egress, Ingress, OpenOptions, Path, PolledPath, PortSpec, Variant } from "./path.ts";

const fakeFaults = [
  "lose",
  "duplicate",
  "reorder",
  "corrupt",
  "miscount",
  "send the length received",
  "send what was dropped",
  "send from where it was received",
  "allocate",
  "compile",
] as const;
export type FakeFault = (typeof fakeFaults)[number];

/** One frame in this many is lost, doubled, overtaken or corrupted. */
const faultEvery = 7;
const slotBytes = 2048;
/** Where in its slot a frame is received, which leaves room in front of it. */
const frameAt = 64;
/** Frames that the wires hold. */
const wireFrames = 4096;

/** Puts frames in for `receive`, and takes out what was transmitted. */
export interface FakeWire {
  put(frame: Uint8Array): void;
  take(): Uint8Array[];
}

export class FakePolledPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: Ingress;
  readonly egress: Egress;
  readonly room: Room = { head: frameAt, tail: slotBytes - frameAt - largestFrameBytes };
  readonly wire: FakeWire;
  readonly #inbound = new FrameQueue(wireFrames, slotBytes);
  readonly #outbound = new FrameQueue(wireFrames, slotBytes);
  readonly #slots: number;
  /** How long the frame in each slot was when it was received. */
  readonly #came: Uint32Array;
  readonly #fault: FakeFault | undefined;
  #received = 0;
  #sent = 0;
  /**
   * What the faults `allocate` and `compile` made last: kept, or the compiler would leave it out.
   */
  waste: unknown;

  constructor(slots: number, fault?: FakeFault) {
    this.memory = new Uint8Array(slots * slotBytes);
    this.#slots = slots;
    this.#came = new Uint32Array(slots);
    this.#fault = fault;
    this.ingress = { receive: (batch) => this.#receive(batch) };
    this.egress = { transmit: (batch) => this.#transmit(batch) };
    const outbound = this.#outbound;
    this.wire = {
      put: (frame) => this.#inbound.push(frame, 0, frame.length),
      take: () => Array.from({ length: outbound.count }, () => outbound.shift()),
    };
  }

  #receive(batch: Batch): number {
    const inbound = this.#inbound;
    const count = Math.min(inbound.count, batch.capacity, this.#slots);
    for (let i = 0; i < count; i++) {
      const at = i * slotBytes + frameAt;
      batch.offset[i] = at;
      batch.length[i] = inbound.shiftInto(this.memory, at);
      this.#came[i] = batch.length[i]!;
    }
    batch.count = count;
    this.#received += this.#fault === "miscount" && count > 0 ? count + 1 : count;
    return count;
  }

  #transmit(batch: Batch): number {
    let sent = 0;
    for (let i = 0; i < batch.count; i++) {
      const length = this.#lengthOf(batch, i);
      if (length === 0) continue;
      this.#sent++;
      sent++;
      this.#spend();
      const received = this.#fault === "send from where it was received";
      this.#emit(received ? i * slotBytes + frameAt : batch.offset[i]!, length);
    }
    return sent;
  }

  #lengthOf({ length }: Batch, i: number): number {
    const now = length[i]!;
    const changed = now === 0 ? "send what was dropped" : "send the length received";
    return this.#fault === changed ? this.#came[i]! : now;
  }

  #emit(at: number, length: number): void {
    const outbound = this.#outbound;
    const fault = this.#sent % faultEvery === 0 ? this.#fault : undefined;
    if (fault === "lose") return;
    if (fault === "corrupt") this.memory[at + length - 1]! ^= 0x40;
    if (fault === "duplicate") outbound.push(this.memory, at, length);
    outbound.push(this.memory, at, length);
    if (fault === "reorder") outbound.swapLast();
  }

  /** What a forwarder must not do for each frame. */
  #spend(): void {
    if (this.#fault === "allocate") this.waste = { sent: this.#sent };
    if (this.#fault === "compile") this.waste = withOwnCode(() => 0)();
  }

  counters() {
    return { received: this.#received, sent: this.#sent, unsent: 0 };
  }

  [Symbol.dispose](): void {
    this.waste = undefined;
  }
}

const variants: Variant[] = [
  { name: "memory", kind: "polled", carrier: "ethernet", summary: "arrays, no kernel" },
];

/** @param opened called with each path that is opened, so that a test can reach its wire */
export function fakePath(opened: (path: FakePolledPath) => void, fault?: FakeFault): Path {
  return {
    name: "fake",
    variants,
    probe: () => ({ ok: true }),
    open: (_variant: string, _ports: readonly [PortSpec, PortSpec], options: OpenOptions) => {
      const path = new FakePolledPath(options.burst, fault);
      opened(path);
      return path;
    },
  };
}
