/**
 * Frames that came to a socket and found no room there: the kernel counts them, and says so when
 * asked.
 */
import { SOL_PACKET, SOL_SOCKET, type Socket } from "@iopath/native";
import { PACKET_STATISTICS, packetStatistics, SO_MEMINFO, socketMemory } from "./abi.ts";

export interface Overflow {
  /** Since the socket was opened. */
  count(): number;
}

/** Of a packet socket; packet(7): reading the counters sets them to 0. */
export class PacketOverflow implements Overflow {
  readonly #socket: Socket;
  #dropped = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  count(): number {
    const { bytes, drops } = packetStatistics;
    const page = this.#socket.getOption(SOL_PACKET, PACKET_STATISTICS, bytes, "PACKET_STATISTICS");
    this.#dropped += page.view.getUint32(drops, true);
    return this.#dropped;
  }
}

/** Of any other socket since it was opened; linux/sock_diag.h, SK_MEMINFO_DROPS. */
export class SocketOverflow implements Overflow {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  count(): number {
    const page = this.#socket.getOption(SOL_SOCKET, SO_MEMINFO, socketMemory.bytes, "SO_MEMINFO");
    return page.view.getUint32(socketMemory.drops, true);
  }
}
