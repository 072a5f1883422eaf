/**
 * How the sockets of several workers share one interface: each gets the frames of one receive
 * queue.
 */
import type { Team } from "@iopath/contract";
import { SOL_PACKET, SOL_SOCKET, type Socket } from "@iopath/native";
import {
  PACKET_FANOUT,
  PACKET_FANOUT_QM,
  SKF_AD_OFF,
  SKF_AD_QUEUE,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_REUSEPORT,
} from "./abi.ts";
import { attachClassicFilter } from "./classic-filter.ts";

/** Numbers of fanout groups have 16 bits. */
const groupMask = 0xffff;

/** packet(7), PACKET_FANOUT. The socket must be bound. */
export function joinFanout(socket: Socket, { sharedId }: Team): void {
  const value = (sharedId & groupMask) | (PACKET_FANOUT_QM << 16);
  socket.setOption(SOL_PACKET, PACKET_FANOUT, value, "PACKET_FANOUT");
}

/** linux/bpf_common.h */
const loadAbsoluteWord = 0x20;
const moduloOperand = 0x94;
const returnAccumulator = 0x16;

/**
 * socket(7), SO_REUSEPORT: several sockets with one address. To be set before the socket is bound.
 */
export function allowSharing(socket: Socket): void {
  socket.setOption(SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
}

/**
 * Which socket of those with one address gets a datagram; in the order in which they were bound.
 */
export function chooseByQueue(socket: Socket, { workers }: Team): void {
  attachClassicFilter(socket, SO_ATTACH_REUSEPORT_CBPF, "SO_ATTACH_REUSEPORT_CBPF", [
    [loadAbsoluteWord, 0, 0, SKF_AD_OFF + SKF_AD_QUEUE],
    [moduloOperand, 0, 0, workers],
    [returnAccumulator, 0, 0, 0],
  ]);
}
