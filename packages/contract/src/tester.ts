/**
 * The tester's end of the wires: what puts frames into port 0 and sees what comes out of port 1.
 * Verifying and measuring are two different runs with two different testers, since a tester that
 * looks at every byte costs more than the path does.
 */
import type { Batch } from "./batch.ts";
import type { Workload } from "./workload.ts";

/** Looks at every byte. */
export interface VerifyingTester extends Disposable {
  /** Puts frames, without frame check sequence, on the wire into port 0, in order. */
  send(frames: readonly Uint8Array[]): void;
  /** Takes the frames that came out of port 1 since the last call; does not wait. */
  collect(): Uint8Array[];
}

/** Sends the same window again and again, and counts. Neither verb blocks, allocates or throws. */
export interface MeasuringTester extends Disposable {
  /** Puts the whole window on the wire into port 0; returns frames sent. */
  sendWindow(): number;
  /** Frames of ours that came out of port 1 since the tester was opened, modulo 2^32. */
  received(): number;
  /** Why a frame could not be sent, in a word such as "ENOBUFS", where the tester knows it. */
  refusal?(): string | undefined;
  /** What a reader of its figures has to know: that it counts in another way than usual. */
  readonly note?: string;
}

/**
 * For paths whose ports are no network devices, and whose wires therefore only they can reach (a
 * ring in memory, a queue pair). All others are tested through the devices at the far ends of their
 * ports.
 */
export interface OwnTesters {
  verifying(): VerifyingTester;
  /** @param window the workload's frames of one window, without frame check sequence */
  measuring(window: readonly Uint8Array[], workload: Workload): MeasuringTester;
}

/**
 * What a tester in a process of its own has of such a path: the other end of port 0's wire to send
 * into, that of port 1's to receive from. No verb blocks, allocates or throws.
 */
export interface FarEnds extends Disposable {
  readonly memory: Uint8Array;
  /**
   * Where in the memory the frames of a burst are put before they are sent: multiples of 4. A frame
   * that was sent is still there, as it was put: what leaves is a copy.
   */
  readonly outgoing: Uint32Array;
  /** The length of all frames from now on. */
  setLength(bytes: number): void;
  /** Sends the first `count` of these; returns how many the wire had room for. */
  send(count: number): number;
  /** Replaces the batch with frames that came; they are the caller's until `release`. */
  receive(batch: Batch): number;
  /** Gives back those of the last `receive`, which were so many. */
  release(count: number): void;
}
