/** What a verifying tester sees: whole frames, with the VLAN tags that packet sockets hide. */
import {
  AF_PACKET,
  packetAuxiliaryData as auxiliary,
  cmsghdr,
  ETH_P_ALL,
  interfaceIndex,
  iovec,
  type Memory,
  MSG_DONTWAIT,
  mapAnonymous,
  mmsghdr,
  PACKET_AUXDATA,
  PACKET_IGNORE_OUTGOING,
  raw,
  SOCK_RAW,
  SOL_PACKET,
  Socket,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
} from "@iopath/native";

const { recvmmsg } = raw;

/** Frames that one call takes. */
const burst = 64;
/** Longer than any test frame: a frame that a forwarder made too long shows as such. */
const bufferBytes = 4096;
const socketBufferBytes = 8 << 20;
/** CMSG_SPACE of the only control message, padded to 8 bytes; cmsg(3). */
const controlBytes = cmsghdr.data + Math.ceil(auxiliary.bytes / 8) * 8;
const controlsAt = burst * mmsghdr.bytes;
const vectorsAt = controlsAt + burst * controlBytes;
const buffersAt = Math.ceil((vectorsAt + burst * iovec.bytes) / 4096) * 4096;

const macBytes = 12;
/** The EtherType of a tag that the kernel does not name, IEEE 802.1Q. */
const etherTypeVlan = 0x8100;

/** All frames that arrive at one device. */
export class PacketCapture implements Disposable {
  readonly #socket: Socket;
  readonly #memory: Memory;
  readonly #resources: DisposableStack;

  /** @param device of the caller's namespace */
  constructor(device: string) {
    using opening = new DisposableStack();
    opening.use(openOrderKeeper(device));
    const what = `the tester's packet socket on ${device}`;
    // Protocol 0 until bound: no frame of another interface gets in between.
    this.#socket = opening.use(new Socket(AF_PACKET, SOCK_RAW, 0, what));
    this.#socket.setBuffers(socketBufferBytes);
    this.#socket.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
    this.#socket.setOption(SOL_PACKET, PACKET_AUXDATA, 1, "PACKET_AUXDATA");
    this.#memory = opening.use(mapAnonymous(buffersAt + burst * bufferBytes));
    this.#socket.bindPacket(interfaceIndex(device), ETH_P_ALL);
    for (let i = 0; i < burst; i++) this.#link(i);
    this.#resources = opening.move();
  }

  #link(i: number): void {
    const memory = this.#memory;
    const headerAt = i * mmsghdr.bytes;
    const vectorAt = vectorsAt + i * iovec.bytes;
    memory.setUint64(headerAt + mmsghdr.iov, memory.address + vectorAt);
    memory.setUint64(headerAt + mmsghdr.iovCount, 1);
    memory.setUint64(headerAt + mmsghdr.control, memory.address + controlsAt + i * controlBytes);
    memory.setUint64(vectorAt + iovec.base, memory.address + buffersAt + i * bufferBytes);
    memory.setUint64(vectorAt + iovec.length, bufferBytes);
  }

  /** The frames that came since the last call; does not wait. */
  take(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let count = this.#receive(); count > 0; count = this.#receive()) {
      for (let i = 0; i < count; i++) frames.push(this.#frame(i));
    }
    return frames;
  }

  #receive(): number {
    const memory = this.#memory;
    // The kernel writes there how much of the room it used.
    for (let i = 0; i < burst; i++) {
      memory.setUint64(i * mmsghdr.bytes + mmsghdr.controlBytes, controlBytes);
    }
    return recvmmsg(this.#socket.fd, memory.address, burst, MSG_DONTWAIT, 0);
  }

  #frame(i: number): Uint8Array {
    const { u8, view } = this.#memory;
    const length = view.getUint32(i * mmsghdr.bytes + mmsghdr.length, true);
    const at = buffersAt + i * bufferBytes;
    const auxiliaryAt = controlsAt + i * controlBytes + cmsghdr.data;
    const status = view.getUint32(auxiliaryAt + auxiliary.status, true);
    const frame = u8.slice(at, at + length);
    if ((status & TP_STATUS_VLAN_VALID) === 0) return frame;
    const isNamed = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
    const protocol = view.getUint16(auxiliaryAt + auxiliary.vlanProtocol, true);
    const tag = view.getUint16(auxiliaryAt + auxiliary.vlanTag, true);
    return withVlanTag(frame, isNamed ? protocol : etherTypeVlan, tag);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/**
 * A packet socket that nobody reads. The kernel takes frames of a card in lists, and the last
 * receiver of a frame gets it when the receiver changes or the list ends, all others get it at once
 * (__netif_receive_skb_list_core()). The last receiver of an IP frame is the IP stack, and of a
 * frame whose EtherType no protocol handles the packet socket that was bound first: the frame would
 * come after its successor. Bound before the capture, this socket is the one that gets it late.
 */
function openOrderKeeper(device: string): Socket {
  using opening = new DisposableStack();
  const what = `the packet socket that keeps the tester's frames of ${device} in order`;
  const socket = opening.use(new Socket(AF_PACKET, SOCK_RAW, 0, what));
  socket.setBuffers(0); // the least the kernel grants: it drops what finds no room
  socket.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  socket.bindPacket(interfaceIndex(device), ETH_P_ALL);
  opening.move();
  return socket;
}

/** The frame as it was on the wire. */
function withVlanTag(frame: Uint8Array, etherType: number, tag: number): Uint8Array {
  const tagged = new Uint8Array(frame.length + 4);
  tagged.set(frame.subarray(0, macBytes));
  tagged.set([etherType >> 8, etherType & 0xff, tag >> 8, tag & 0xff], macBytes);
  tagged.set(frame.subarray(macBytes), macBytes + 4);
  return tagged;
}
