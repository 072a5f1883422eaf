/**
 * How the tester sends: frames in memory of its own, which one sendmmsg(2) on a packet socket takes
 * from there. The tester shares no code with a path, so that a change to a path moves that path's
 * cells and no others.
 */
import {
  AF_PACKET,
  errnoName,
  interfaceIndex,
  iovec,
  lastErrno,
  type Memory,
  MSG_DONTWAIT,
  mapAnonymous,
  mmsghdr,
  PACKET_QDISC_BYPASS,
  packetFrameStart,
  raw,
  SOCK_RAW,
  SOL_PACKET,
  Socket,
} from "@iopath/native";

const { sendmmsg } = raw;

/**
 * Room for a frame of 1518 bytes in a UDP envelope. An odd number of cache lines: buffers whose
 * distance is a power of two share few sets of the cache and evict each other.
 */
const bufferBytes = 25 * 64;
const pageBytes = 4096;
/** Room for the largest window, by the kernel's own accounting of small frames. */
const socketBufferBytes = 8 << 20;

/**
 * A packet socket that sends past the queueing discipline, on a device of the caller's namespace.
 */
export function openSendingSocket(device: string): Socket {
  using opening = new DisposableStack();
  const what = `the tester's packet socket on ${device}`;
  // Protocol 0: it receives nothing.
  const socket = opening.use(new Socket(AF_PACKET, SOCK_RAW, 0, what));
  socket.setBuffers(socketBufferBytes);
  socket.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  socket.bindPacket(interfaceIndex(device), 0);
  opening.move();
  return socket;
}

/** Frames to send together: header i points to vector i, which points to buffer i. */
export class OutgoingFrames implements Disposable {
  readonly memory: Memory;
  /** The errno of the last frame that the kernel refused; 0 for none. */
  #errno = 0;
  readonly #fd: number;
  readonly #headers: number;
  readonly #vectorsAt: number;
  readonly #buffersAt: number;

  /** @param socket that sends them; it stays the caller's */
  constructor(socket: Socket, capacity: number) {
    this.#fd = socket.fd;
    this.#vectorsAt = capacity * mmsghdr.bytes;
    const headerBytes = this.#vectorsAt + capacity * iovec.bytes;
    this.#buffersAt = Math.ceil(headerBytes / pageBytes) * pageBytes + packetFrameStart;
    this.memory = mapAnonymous(this.#buffersAt + capacity * bufferBytes);
    this.#headers = this.memory.address;
    for (let i = 0; i < capacity; i++) this.#link(i);
  }

  #link(i: number): void {
    const { memory } = this;
    const headerAt = i * mmsghdr.bytes;
    const vectorAt = this.#vectorsAt + i * iovec.bytes;
    memory.setUint64(headerAt + mmsghdr.iov, memory.address + vectorAt);
    memory.setUint64(headerAt + mmsghdr.iovCount, 1);
    memory.setUint64(vectorAt + iovec.base, memory.address + this.bufferAt(i));
  }

  /** Byte offset of buffer i. */
  bufferAt(i: number): number {
    return this.#buffersAt + i * bufferBytes;
  }

  /** Puts a frame into buffer i. */
  load(i: number, frame: Uint8Array): void {
    if (frame.length > bufferBytes) {
      throw new RangeError(`the tester sends up to ${bufferBytes} bytes, not ${frame.length}`);
    }
    this.memory.u8.set(frame, this.bufferAt(i));
    this.memory.setUint64(this.#vectorsAt + i * iovec.bytes + iovec.length, frame.length);
  }

  /** Sends the first `count` frames; returns how many the kernel took before it refused one. */
  send(count: number): number {
    const sent = sendmmsg(this.#fd, this.#headers, count, MSG_DONTWAIT);
    return sent === count ? sent : this.#sendRest(sent, count);
  }

  /** The kernel says why it refused a frame only when that frame is the first of a call. */
  #sendRest(sentFirst: number, count: number): number {
    let sent = 0;
    let more = sentFirst;
    while (more > 0) {
      sent += more;
      if (sent === count) return sent;
      const header = this.#headers + sent * mmsghdr.bytes;
      more = sendmmsg(this.#fd, header, count - sent, MSG_DONTWAIT);
    }
    this.#errno = lastErrno();
    return sent;
  }

  /** Why the kernel refused a frame, if it ever did: "ENOBUFS". */
  refusal(): string | undefined {
    return this.#errno === 0 ? undefined : errnoName(this.#errno);
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}
