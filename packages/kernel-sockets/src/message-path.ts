/** The two forms of a forwarder on recvmmsg(2) and sendmmsg(2): packet sockets and UDP sockets. */
import type { PolledPath, PortSpec, Team } from "@iopath/contract";
import { packetFrameStart, type Socket } from "@iopath/native";
import { bufferBytes, bufferRoom, MessageArena } from "./message-arena.ts";
import { MessageEgress, MessageIngress } from "./message-ports.ts";
import { openPacketSockets, openUdpSockets } from "./open-sockets.ts";
import { type Overflow, PacketOverflow, SocketOverflow } from "./overflow.ts";
import type { TaggedFrames } from "./vlan-filter.ts";

export class MessagePath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: MessageIngress;
  readonly egress: MessageEgress;
  readonly room = bufferRoom;
  readonly #buffersAt: number;
  readonly #overflow: Overflow;
  readonly #resources = new DisposableStack();

  /**
   * Takes the sockets over: they are closed with the path.
   *
   * @param frameStart where frames begin behind a cache line, in bytes
   */
  constructor(from: Socket, to: Socket, burst: number, overflow: Overflow, frameStart = 0) {
    this.#overflow = overflow;
    this.#resources.use(from);
    this.#resources.use(to);
    const arena = this.#resources.use(new MessageArena(burst, frameStart));
    this.memory = arena.memory.u8;
    this.#buffersAt = arena.buffersAt;
    this.ingress = new MessageIngress(from, arena);
    this.egress = new MessageEgress(to, arena);
  }

  /** Where buffer i lies; frames to transmit are written here by a tester that makes its own. */
  bufferOffset(i: number): number {
    return this.#buffersAt + i * bufferBytes;
  }

  counters() {
    const { received } = this.ingress;
    const { sent, unsent, refusals } = this.egress;
    const syscalls = this.ingress.syscalls + this.egress.syscalls;
    const overflowed = this.#overflow.count();
    const refused = refusals.byName();
    return { received, sent, unsent, syscalls, wakeups: 0, overflowed, refused };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** AF_PACKET (packet(7)): whole frames, all protocols in, past the queueing discipline out. */
export function openPacketPath(
  ports: readonly [PortSpec, PortSpec],
  burst: number,
  team?: Team,
  tagged?: TaggedFrames,
): MessagePath {
  const [from, to] = openPacketSockets(ports, team, tagged);
  return new MessagePath(from, to, burst, new PacketOverflow(from), packetFrameStart);
}

/**
 * AF_INET (udp(7)): the frames come and go as payload of datagrams, the kernel does the headers.
 */
export function openUdpPath(
  ports: readonly [PortSpec, PortSpec],
  burst: number,
  team?: Team,
): PolledPath {
  const [from, to] = openUdpSockets(ports, team);
  return new MessagePath(from, to, burst, new SocketOverflow(from));
}
