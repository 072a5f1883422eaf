/**
 * What a measuring tester sends: windows of frames, prepared before the trial, so that sending
 * allocates nothing.
 */
import { type FlowFields, type MeasuringFrames, macsInto, type Workload } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import type { Socket } from "@iopath/native";
import { type FrameSize, turnOf } from "../../matrix/frame-size.ts";
import { type FlowRange, prepareFlows, varyFlows } from "./flows.ts";
import { OutgoingFrames, openSendingSocket } from "./outgoing-frames.ts";

/** Frames without frame check sequence, sent together. */
export type Window = readonly Uint8Array[];

/**
 * The windows that follow each other, over and over: one when all frames have one size; with a mix
 * as many as it takes until a window begins where the mix does. All of one flow, sequence numbers
 * from 0.
 *
 * @param team whose frames these are: told apart by the mark
 */
export function buildWindows(
  workload: Workload,
  testbed: Testbed,
  size: FrameSize,
  window: number,
  team = { worker: 0, flow: 0 },
): Window[] {
  const turn = turnOf(size);
  const windows = turn.length / greatestCommonDivisor(turn.length, window);
  const { measuring } = workload;
  const macs = macsInto(workload, testbed.ports);
  return Array.from({ length: windows }, (_, w) =>
    Array.from({ length: window }, (_, i) =>
      ofWorker(
        measuring.build(macs, turn[(w * window + i) % turn.length]!, team.flow, i),
        measuring.mark.at,
        team.worker,
      ),
    ),
  );
}

/** The mark of a worker's frames is the workload's, and the worker's number added. */
function ofWorker(frame: Uint8Array, markAt: number, worker: number): Uint8Array {
  frame[markAt]! += worker;
  return frame;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Sends one window per call through one packet socket, each frame of the next flow. */
export class WindowSender implements Disposable {
  readonly #loaded: readonly LoadedWindow[];
  readonly #range: FlowRange;
  readonly #resources = new DisposableStack();
  #next = 0;
  #flow: number;

  /**
   * On a device of the caller's namespace.
   *
   * @param windows as they go on the wire
   * @param frameAt where in what is on the wire our frame begins, in bytes
   * @param measuring how the workload's frames are made
   */
  constructor(
    device: string,
    windows: readonly Window[],
    range: FlowRange,
    frameAt: number,
    measuring: MeasuringFrames,
  ) {
    using opening = new DisposableStack();
    const socket = opening.use(openSendingSocket(device));
    this.#range = range;
    this.#flow = range.first;
    this.#loaded = windows.map((window) =>
      opening.use(new LoadedWindow(socket, window, range.flows, frameAt, measuring)),
    );
    this.#resources.use(opening.move());
  }

  /** Returns frames sent. */
  send(): number {
    const window = this.#loaded[this.#next]!;
    this.#next = this.#next + 1 === this.#loaded.length ? 0 : this.#next + 1;
    if (this.#range.flows > 1) this.#flow = window.vary(this.#flow, this.#range);
    return window.send();
  }

  /** Why the kernel refused a frame, if it ever did. */
  refusal(): string | undefined {
    return this.#loaded.map((window) => window.refusal()).find(Boolean);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** A window in the memory that it is sent from. */
class LoadedWindow implements Disposable {
  readonly #frames: OutgoingFrames;
  readonly #count: number;
  readonly #halves: Uint16Array;
  readonly #at: Uint32Array;
  readonly #envelope: number;
  readonly #fields: FlowFields;

  constructor(
    socket: Socket,
    window: Window,
    flows: number,
    frameAt: number,
    measuring: MeasuringFrames,
  ) {
    const frames = new OutgoingFrames(socket, window.length);
    for (const [i, frame] of window.entries()) frames.load(i, frame);
    const { u8 } = frames.memory;
    this.#frames = frames;
    this.#count = window.length;
    this.#halves = new Uint16Array(u8.buffer, u8.byteOffset, u8.byteLength >>> 1);
    this.#at = Uint32Array.from(window, (_, i) => frames.bufferAt(i) >>> 1);
    this.#envelope = frameAt >>> 1;
    this.#fields = measuring.flowFields;
    if (flows > 1) prepareFlows(u8, this.#halves, this.#at, this.#envelope, measuring);
  }

  vary(flow: number, range: FlowRange): number {
    return varyFlows(this.#halves, this.#at, flow, range, this.#envelope, this.#fields);
  }

  send(): number {
    return this.#frames.send(this.#count);
  }

  refusal(): string | undefined {
    return this.#frames.refusal();
  }

  [Symbol.dispose](): void {
    this.#frames[Symbol.dispose]();
  }
}
