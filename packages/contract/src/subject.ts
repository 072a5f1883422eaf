/** What a law is, and what it is tried on. */
import type { Deviation } from "./deviations.ts";
import type { Expecting } from "./expect-frame.ts";
import type { Forwarder } from "./forwarder.ts";
import type { PortSpec } from "./path.ts";
import type { WireLimits } from "./wire.ts";
import { macsInto, type RandomFrame } from "./workload.ts";

/** A forwarder, and the wire on both sides of it. */
export interface Subject {
  readonly forwarder: Forwarder;
  readonly ingress: PortSpec;
  readonly egress: PortSpec;
  /** Of the wire into port 0. */
  readonly limits?: WireLimits;
  /** Of the variant. */
  readonly deviations?: readonly Deviation[];
  /**
   * How many frames are enough to see what each of them leaves behind; fewer where frames are slow.
   */
  readonly steadyFrames?: number;
  /** Puts frames on the wire into port 0. */
  send(frames: readonly Uint8Array[]): void;
  /** Takes the frames that came out of port 1 since the last call. */
  collect(): Uint8Array[];
}

export interface Law {
  readonly name: string;
  check(subject: Subject, seed: number): Promise<string | undefined>;
}

/** What is expected of the forwarder for each frame. */
export function expectingOf({ forwarder, ingress, egress, deviations }: Subject): Expecting {
  return { workload: forwarder.workload, ports: [ingress, egress], deviations };
}

/** Random frames of the forwarder's workload, for its ingress. */
export function framesInto(subject: Subject, seed: number): () => RandomFrame {
  const { forwarder, ingress, egress } = subject;
  const { workload } = forwarder;
  return workload.randomFrames(seed, macsInto(workload, [ingress, egress]));
}
