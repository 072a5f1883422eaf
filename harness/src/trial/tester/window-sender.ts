/**
 * What a measuring tester sends: windows of frames, prepared before the trial, so that sending
 * allocates nothing.
 */
import { Batch, buildTestFrame, magicAt } from "@iopath/contract";
import {
  bufferBytes,
  MessageArena,
  MessageEgress,
  PACKET_QDISC_BYPASS,
} from "@iopath/kernel-sockets";
import type { Testbed } from "@iopath/lab";
import { AF_PACKET, interfaceIndex, SOCK_RAW, SOL_PACKET, Socket } from "@iopath/native";
import { type FrameSize, turnOf } from "../../matrix/frame-size.ts";
import { type FlowRange, flowFields, prepareFlows, varyFlows } from "./flows.ts";

/** Frames without frame check sequence, sent together. */
export type Window = readonly Uint8Array[];

/** Room for the largest window, at the kernel's own accounting of small frames. */
const socketBufferBytes = 8 << 20;

/**
 * The windows that follow each other, over and over: one when all frames have one size; with a mix
 * as many as it takes until a window begins where the mix does. All of one flow, sequence numbers
 * from 0.
 *
 * @param team whose frames these are: told apart by the magic number
 */
export function buildWindows(
  testbed: Testbed,
  size: FrameSize,
  window: number,
  team = { worker: 0, flow: 0 },
): Window[] {
  const turn = turnOf(size);
  const windows = turn.length / greatestCommonDivisor(turn.length, window);
  const macs = { destinationMac: testbed.ports[0].mac, sourceMac: testbed.wires[0].mac };
  const fields = { ...macs, ...flowFields(team.flow) };
  return Array.from({ length: windows }, (_, w) =>
    Array.from({ length: window }, (_, i) =>
      ofWorker(
        buildTestFrame(fields, turn[(w * window + i) % turn.length]!, team.flow, i),
        team.worker,
      ),
    ),
  );
}

/** The magic number of a worker's frames is ours, and its own number added. */
function ofWorker(frame: Uint8Array, worker: number): Uint8Array {
  frame[magicAt]! += worker;
  return frame;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Sends a window a call through one packet socket, each frame of the next flow. */
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
   */
  constructor(device: string, windows: readonly Window[], range: FlowRange, frameAt: number) {
    using opening = new DisposableStack();
    const socket = opening.use(
      new Socket(AF_PACKET, SOCK_RAW, 0, `the tester's packet socket on ${device}`),
    );
    socket.setBuffers(socketBufferBytes);
    socket.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
    socket.bindPacket(interfaceIndex(device), 0);
    this.#range = range;
    this.#flow = range.first;
    this.#loaded = windows.map((window) =>
      opening.use(new LoadedWindow(socket, window, range.flows, frameAt)),
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

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** A window in memory that sendmmsg(2) takes it from. */
class LoadedWindow implements Disposable {
  readonly #arena: MessageArena;
  readonly #egress: MessageEgress;
  readonly #batch: Batch;
  readonly #halves: Uint16Array;
  readonly #at: Uint32Array;
  readonly #envelope: number;

  constructor(socket: Socket, window: Window, flows: number, frameAt: number) {
    this.#arena = new MessageArena(window.length);
    this.#egress = new MessageEgress(socket, this.#arena);
    this.#batch = new Batch(window.length);
    this.#batch.count = window.length;
    const { u8 } = this.#arena.memory;
    this.#halves = new Uint16Array(u8.buffer, u8.byteOffset, u8.byteLength >>> 1);
    this.#at = new Uint32Array(window.length);
    this.#envelope = frameAt >>> 1;
    for (const [i, frame] of window.entries()) {
      const offset = this.#arena.buffersAt + i * bufferBytes;
      u8.set(frame, offset);
      this.#batch.offset[i] = offset;
      this.#batch.length[i] = frame.length;
      this.#at[i] = offset >>> 1;
    }
    if (flows > 1) prepareFlows(u8, this.#halves, this.#at, this.#envelope);
  }

  vary(flow: number, range: FlowRange): number {
    return varyFlows(this.#halves, this.#at, flow, range, this.#envelope);
  }

  send(): number {
    return this.#egress.transmit(this.#batch);
  }

  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }
}
