/**
 * A path in memory, to test the harness and the laws themselves. It forwards at once and without
 * loss, unless it is told to break one law, so that each law is known to be able to fail.
 */
import type { Batch } from "./batch.ts";
import type { Egress, Ingress, OpenOptions, Path, PolledPath, PortSpec, Variant } from "./path.ts";

export const fakeFaults = ["lose", "duplicate", "reorder", "corrupt", "miscount"] as const;
export type FakeFault = (typeof fakeFaults)[number];

/** One frame in so many is the one that goes wrong. */
const faultEvery = 7;
const slotBytes = 2048;

/** The fake's wire: what was put in waits for `receive`, what was transmitted is taken out. */
export interface FakeWire {
  put(frame: Uint8Array): void;
  take(): Uint8Array[];
}

export class FakePolledPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: Ingress;
  readonly egress: Egress;
  readonly wire: FakeWire;
  #received = 0;
  #sent = 0;

  constructor(slots: number, fault?: FakeFault) {
    this.memory = new Uint8Array(slots * slotBytes);
    const inbound: Uint8Array[] = [];
    const outbound: Uint8Array[] = [];
    this.wire = { put: (frame) => inbound.push(frame), take: () => outbound.splice(0) };
    this.ingress = {
      receive: (batch) => {
        const count = this.#load(inbound, batch, slots);
        this.#received += fault === "miscount" ? count + 1 : count;
        return count;
      },
    };
    this.egress = { transmit: (batch) => this.#unload(batch, outbound, fault) };
  }

  #load(inbound: Uint8Array[], batch: Batch, slots: number): number {
    const count = Math.min(inbound.length, batch.capacity, slots);
    for (let i = 0; i < count; i++) {
      const frame = inbound.shift()!;
      this.memory.set(frame, i * slotBytes);
      batch.offset[i] = i * slotBytes;
      batch.length[i] = frame.length;
    }
    batch.count = count;
    return count;
  }

  #unload(batch: Batch, outbound: Uint8Array[], fault: FakeFault | undefined): number {
    let sent = 0;
    for (let i = 0; i < batch.count; i++) {
      const length = batch.length[i]!;
      if (length === 0) continue;
      const at = batch.offset[i]!;
      this.#sent++;
      sent++;
      const frame = this.memory.slice(at, at + length);
      emit(frame, outbound, this.#sent % faultEvery === 0 ? fault : undefined);
    }
    return sent;
  }

  counters() {
    return { received: this.#received, sent: this.#sent, unsent: 0 };
  }

  [Symbol.dispose](): void {}
}

function emit(frame: Uint8Array, outbound: Uint8Array[], fault: FakeFault | undefined): void {
  if (fault === "lose") return;
  if (fault === "corrupt") frame[frame.length - 1]! ^= 0x40;
  if (fault === "duplicate") outbound.push(frame.slice());
  if (fault === "reorder" && outbound.length > 0) outbound.splice(-1, 0, frame);
  else outbound.push(frame);
}

const variants: Variant[] = [
  { name: "memory", kind: "polled", carrier: "ethernet", summary: "arrays, no kernel" },
];

/** The fake as a path; `opened` is told of each open, so that a test can reach its wire. */
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
