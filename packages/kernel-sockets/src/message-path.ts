/** The two forms of a forwarder on recvmmsg(2) and sendmmsg(2): packet sockets and UDP sockets. */
import type { PolledPath, PortSpec } from "@iopath/contract";
import {
  AF_INET,
  AF_PACKET,
  interfaceIndex,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  Socket,
} from "@iopath/native";
import { ETH_P_ALL, PACKET_IGNORE_OUTGOING, PACKET_QDISC_BYPASS } from "./abi.ts";
import { bufferBytes, MessageArena } from "./message-arena.ts";
import { MessageEgress, MessageIngress } from "./message-ports.ts";
import { attachVlanFilter } from "./vlan-filter.ts";

/** Room in the sockets for the largest window, at the kernel's own accounting of small frames. */
const socketBufferBytes = 8 << 20;
/** UDP ports that the forwarder listens on and sends to; any would do. */
export const ingressUdpPort = 8192;
export const egressUdpPort = 8193;

export class MessagePath implements PolledPath {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly ingress: MessageIngress;
  readonly egress: MessageEgress;
  readonly #buffersAt: number;
  readonly #resources = new DisposableStack();

  /** Takes the sockets over: they are closed with the path. */
  constructor(from: Socket, to: Socket, burst: number) {
    this.#resources.use(from);
    this.#resources.use(to);
    const arena = this.#resources.use(new MessageArena(burst));
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
    const { sent, unsent } = this.egress;
    const syscalls = this.ingress.syscalls + this.egress.syscalls;
    return { received, sent, unsent, syscalls, wakeups: 0 };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** AF_PACKET (packet(7)): whole frames, all protocols in, past the queueing discipline out. */
export function openPacketPath(ports: readonly [PortSpec, PortSpec], burst: number): MessagePath {
  return new MessagePath(...openPacketSockets(ports), burst);
}

/** [receiver, transmitter] */
export function openPacketSockets([from, to]: readonly [PortSpec, PortSpec]): [Socket, Socket] {
  using opening = new DisposableStack();
  const receiver = opening.use(packetSocket(from.device));
  receiver.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  attachVlanFilter(receiver);
  receiver.bindPacket(interfaceIndex(from.device), ETH_P_ALL);
  const transmitter = opening.use(packetSocket(to.device));
  transmitter.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  transmitter.bindPacket(interfaceIndex(to.device), 0);
  opening.move();
  return [receiver, transmitter];
}

/** Protocol 0 until bound: no frame of another interface gets in between. */
export function packetSocket(device: string): Socket {
  const socket = new Socket(AF_PACKET, SOCK_RAW, 0, `packet socket on ${device}`);
  socket.setBuffers(socketBufferBytes);
  return socket;
}

/** AF_INET (udp(7)): the frames come and go as payload of datagrams, the kernel does the headers. */
export function openUdpPath(ports: readonly [PortSpec, PortSpec], burst: number): PolledPath {
  return new MessagePath(...openUdpSockets(ports), burst);
}

/** [receiver, transmitter] */
export function openUdpSockets([from, to]: readonly [PortSpec, PortSpec]): [Socket, Socket] {
  using opening = new DisposableStack();
  const receiver = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket on ${from.device}`));
  receiver.setBuffers(socketBufferBytes);
  receiver.bindInet(from.ipv4, ingressUdpPort);
  const transmitter = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket on ${to.device}`));
  transmitter.setBuffers(socketBufferBytes);
  transmitter.connectInet(to.neighbor.ipv4, egressUdpPort);
  opening.move();
  return [receiver, transmitter];
}
