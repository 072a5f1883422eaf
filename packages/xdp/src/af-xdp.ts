/**
 * AF_XDP: frames cross user space in one UMEM that both ports share, with no copy of ours in
 * between.
 */
import type { PolledPath, PortSpec, Room, SharedPart, Team } from "@iopath/contract";
import { attachXdpProgram } from "@iopath/lab";
import {
  Assembler,
  asm,
  BpfMap,
  bpf,
  type Memory,
  mapFrames,
  type Socket,
  SystemError,
  type XdpMode,
  XdpProgram,
} from "@iopath/native";
import { XDP_COPY, XDP_SHARED_UMEM, XDP_USE_NEED_WAKEUP, XDP_ZEROCOPY } from "./abi.ts";
import { takeRedirected } from "./attached.ts";
import { pollBusily } from "./busy-poll.ts";
import {
  bindXsk,
  type ChunkBytes,
  chunks,
  egressChunks,
  isZeroCopy,
  mapRings,
  openXsk,
  raiseTransmitBudget,
  readOverflow,
  registerUmem,
  ringFrames,
  zeroCopyChunkBytes,
} from "./xsk.ts";
import { fillWith, roomOf, XskEgress, XskIngress } from "./xsk-ports.ts";

/** What the variants of AF_XDP differ in. */
export interface AfXdpOptions {
  /** Where the program that feeds the socket runs. */
  readonly mode: XdpMode;
  /** The driver's rings use the UMEM itself; else the kernel copies frames in and out of it. */
  readonly zeroCopy: "never" | "preferred" | "required";
  /**
   * The kernel says by a flag in the ring when it waits for a call; without, it is called always.
   */
  readonly needWakeup: boolean;
  /** The receiver drives the device's NAPI in its own calls, and interrupts stay away. */
  readonly busyPoll: boolean;
  /** Frames that the RX ring holds, a power of two: what comes while it is full is lost. */
  readonly receiveFrames: number;
  /** Frames that one kick may send in copy mode; undefined leaves it at the kernel's 32. */
  readonly transmitBudget: number | undefined;
}

/** Variant `af-xdp`. */
export const afXdpDefaults: AfXdpOptions = {
  mode: "native",
  zeroCopy: "never",
  needWakeup: true,
  busyPoll: false,
  receiveFrames: ringFrames,
  transmitBudget: 256,
};

interface Parts {
  readonly receiver: Socket;
  readonly umem: Memory;
  readonly room: Room;
  readonly ingress: XskIngress;
  readonly egress: XskEgress;
  readonly deviceMode: string;
}

class AfXdpPath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: XskIngress;
  readonly egress: XskEgress;
  readonly room: Room;
  readonly deviceMode: string;
  readonly #receiver: Socket;
  readonly #resources: DisposableStack;

  constructor(parts: Parts, resources: DisposableStack) {
    const { receiver, umem, room, ingress, egress, deviceMode } = parts;
    this.#receiver = receiver;
    this.memory = umem.u8;
    this.room = room;
    this.ingress = ingress;
    this.egress = egress;
    this.deviceMode = deviceMode;
    this.#resources = resources;
  }

  counters() {
    const { received } = this.ingress;
    const { queued, unsent } = this.egress;
    const sent = queued - this.egress.waiting();
    // All calls are kicks: the frames themselves pass through the rings.
    const kicks = this.ingress.kicks + this.egress.kicks;
    const calls = { syscalls: kicks, wakeups: kicks, overflowed: readOverflow(this.#receiver) };
    return { received, sent, unsent, ...calls, refused: this.egress.refusals.byName() };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openAfXdp(
  [from, to]: readonly [PortSpec, PortSpec],
  options: AfXdpOptions,
  team?: Team,
): PolledPath {
  const { mode, zeroCopy, needWakeup, busyPoll, receiveFrames, transmitBudget } = options;
  using opening = new DisposableStack();
  // Disposed in reverse: the program goes first, then rings and sockets, the memory under them
  // last.
  const chunkBytes: ChunkBytes = zeroCopy === "never" ? 2048 : zeroCopyChunkBytes;
  const umem = opening.use(mapFrames(chunks * chunkBytes));
  if (zeroCopy !== "never" && !team) opening.use(takeRedirected(to.device));
  const receiver = opening.use(openXsk(from));
  const transmitter = opening.use(openXsk(to));
  registerUmem(receiver, umem, chunkBytes);
  const receiving = opening.use(mapRings(receiver, receiveFrames));
  const transmitting = opening.use(mapRings(transmitter));
  const refusal = bindReceiver(receiver, from, options);
  bindXsk(transmitter, to, XDP_SHARED_UMEM, receiver);
  if (transmitBudget !== undefined) raiseTransmitBudget(transmitter, transmitBudget);
  if (busyPoll) opening.use(pollBusily(receiver, from.device, refusal));
  // A card's driver fills the queue that the egress receives on, too, and some try again and again.
  const spare = refusal === undefined ? egressChunks : 0;
  fillWith(receiving.fill, 0, chunks - spare, chunkBytes);
  fillWith(transmitting.fill, chunks - spare, spare, chunkBytes);
  opening.use(
    team ? joinSockets(receiver.fd, from, team) : redirectToSocket(receiver.fd, from, mode),
  );
  const { rx, fill } = receiving;
  const ingress = new XskIngress(receiver, rx, fill, transmitting.completion, {
    busyPoll,
    chunkBytes,
  });
  const egress = new XskEgress(transmitter, transmitting.tx, fill, {
    ...{ needWakeup, chunkBytes, zeroCopy: refusal === undefined },
  });
  const deviceMode = `${mode} ${isZeroCopy(receiver) ? "zero-copy" : "copy"}`;
  const room = roomOf(chunkBytes);
  return new AfXdpPath({ receiver, umem, room, ingress, egress, deviceMode }, opening.move());
}

/** Binds in the mode asked for; returns why it is not zero-copy, undefined when it is. */
function bindReceiver(
  socket: Socket,
  port: PortSpec,
  { zeroCopy, needWakeup }: AfXdpOptions,
): Error | undefined {
  const flags = needWakeup ? XDP_USE_NEED_WAKEUP : 0;
  let refusal = new Error("copy mode was asked for");
  if (zeroCopy !== "never") {
    try {
      bindXsk(socket, port, flags | XDP_ZEROCOPY);
      return undefined;
    } catch (error) {
      if (zeroCopy === "required" || !(error instanceof SystemError)) throw error;
      refusal = error;
    }
  }
  bindXsk(socket, port, flags | XDP_COPY);
  return refusal;
}

/** An XDP program on the port that hands every frame of its queue to the AF_XDP socket `fd`. */
export function redirectToSocket(fd: number, port: PortSpec, mode: XdpMode): Disposable {
  using opening = new DisposableStack();
  const shared = opening.use(redirectToSockets(port, mode, port.queue + 1));
  shared.sockets.setUint32(port.queue, fd);
  return opening.move();
}

const socketMap = (entries: number) => ({
  type: bpf.BPF_MAP_TYPE_XSKMAP,
  valueBytes: 4,
  entries,
  name: "iopath_sockets",
});

/**
 * The program alone, with a map of sockets by queue for the forwarders of a team to be put into.
 */
export function redirectToSockets(
  port: PortSpec,
  mode: XdpMode,
  queues: number,
): SharedPart & { readonly sockets: BpfMap } {
  using opening = new DisposableStack();
  const sockets = opening.use(new BpfMap(socketMap(queues)));
  const { r1, r2, r3 } = asm;
  const program = new Assembler()
    .load("u32", r2, r1, bpf.xdpQueue)
    .loadMap(r1, sockets.fd)
    .immediate("move", r3, bpf.XDP_PASS) // what to do where no socket is
    .call(bpf.helperRedirectMap)
    .exit();
  const loaded = opening.use(new XdpProgram("iopath_to_xsk", program));
  opening.use(attachXdpProgram(loaded, port.device, mode));
  const resources = opening.move();
  return { sockets, id: sockets.id, [Symbol.dispose]: () => resources.dispose() };
}

/** Puts a socket into the map of its team; it leaves the map when it is closed. */
function joinSockets(fd: number, { queue }: PortSpec, { sharedId, workers }: Team): Disposable {
  const sockets = BpfMap.open(sharedId, socketMap(workers));
  sockets.setUint32(queue, fd);
  return sockets;
}
