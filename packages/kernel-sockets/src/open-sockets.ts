/**
 * The sockets of the variants: packet sockets and UDP sockets, one to receive and one to transmit.
 */
import { egressUdpPort, ingressUdpPort, type PortSpec, type Team } from "@iopath/contract";
import {
  AF_INET,
  AF_PACKET,
  ETH_P_ALL,
  interfaceIndex,
  PACKET_IGNORE_OUTGOING,
  PACKET_QDISC_BYPASS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  Socket,
} from "@iopath/native";
import { IP_RECVERR, IPPROTO_IP } from "./abi.ts";
import { allowSharing, chooseByQueue, joinFanout } from "./share-queues.ts";
import { attachVlanFilter, type TaggedFrames } from "./vlan-filter.ts";

/** Room in the sockets for the largest window, at the kernel's own accounting of small frames. */
const socketBufferBytes = 8 << 20;

/** [receiver, transmitter] */
export function openPacketSockets(
  [from, to]: readonly [PortSpec, PortSpec],
  team?: Team,
  tagged: TaggedFrames = "marked",
): [Socket, Socket] {
  using opening = new DisposableStack();
  const receiver = opening.use(packetSocket(from.device));
  receiver.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  attachVlanFilter(receiver, tagged);
  receiver.bindPacket(interfaceIndex(from.device), ETH_P_ALL);
  if (team) joinFanout(receiver, team);
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

/** [receiver, transmitter] */
export function openUdpSockets(
  [from, to]: readonly [PortSpec, PortSpec],
  team?: Team,
): [Socket, Socket] {
  using opening = new DisposableStack();
  const receiver = opening.use(openUdpReceiver(from, team));
  const transmitter = opening.use(udpSocket(to.device));
  // Without it udp_send_skb() reports success where the device's queue had no room for the frame.
  transmitter.setOption(IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR");
  transmitter.connectInet(to.neighbor.ipv4, egressUdpPort);
  opening.move();
  return [receiver, transmitter];
}

export function openUdpReceiver({ device, ipv4 }: PortSpec, team?: Team): Socket {
  using opening = new DisposableStack();
  const receiver = opening.use(udpSocket(device));
  if (team) allowSharing(receiver);
  receiver.bindInet(ipv4, ingressUdpPort);
  if (team) chooseByQueue(receiver, team);
  opening.move();
  return receiver;
}

/** Neither bound nor connected. */
export function udpSocket(device: string): Socket {
  const socket = new Socket(AF_INET, SOCK_DGRAM, 0, `UDP socket on ${device}`);
  socket.setBuffers(socketBufferBytes);
  return socket;
}
