/** Sockets with raw addresses: set-up that `node:net` and `node:dgram` have no words for. */
import { parseIpv4 } from "@iopath/contract";
import { call } from "./libc.ts";
import { type Memory, mapAnonymous } from "./memory.ts";

/** sys/socket.h, linux/if_packet.h, linux/if_xdp.h */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_PACKET = 17;
export const AF_XDP = 44;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
export const SOL_XDP = 283;
export const MSG_DONTWAIT = 0x40;
const SOCK_CLOEXEC = 0o2000000;

const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;

/** One page for socket addresses and option values; all use is synchronous, so one is enough. */
let scratchMemory: Memory | undefined;
export function scratch(): Memory {
  scratchMemory ??= mapAnonymous(4096);
  return scratchMemory;
}

/** A socket that closes itself. */
export class Socket implements Disposable {
  readonly fd: number;
  readonly what: string;
  #open = true;

  /** @param what for messages: "packet socket on fd0" */
  constructor(family: number, type: number, protocol: number, what: string) {
    this.what = what;
    this.fd = call("socket", `open ${what}`, family, type | SOCK_CLOEXEC, protocol);
  }

  setOption(level: number, option: number, value: number, name: string): void {
    const memory = scratch();
    memory.view.setInt32(0, value, true);
    this.setOptionBytes(level, option, memory, 4, name);
  }

  /** The first `bytes` of `value` as the option's value. */
  setOptionBytes(level: number, option: number, value: Memory, bytes: number, name: string): void {
    const tried = `set ${name} on ${this.what}`;
    call("setsockopt", tried, this.fd, level, option, value.address, bytes);
  }

  /** Reads an option of up to `bytes` into the start of the scratch page, and returns that page. */
  getOption(level: number, option: number, bytes: number, name: string): Memory {
    const memory = scratch();
    const lengthAt = 2048;
    memory.view.setUint32(lengthAt, bytes, true);
    const tried = `get ${name} of ${this.what}`;
    call("getsockopt", tried, this.fd, level, option, memory.address, memory.address + lengthAt);
    return memory;
  }

  /** Room in both directions beyond the system's default limits; needs CAP_NET_ADMIN. */
  setBuffers(bytes: number): void {
    this.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes, "SO_RCVBUFFORCE");
    this.setOption(SOL_SOCKET, SO_SNDBUFFORCE, bytes, "SO_SNDBUFFORCE");
  }

  /** struct sockaddr_ll, packet(7); protocol 0 binds for transmission alone. */
  bindPacket(interfaceIndex: number, protocol: number): void {
    const { u8, view, address } = scratch();
    u8.fill(0, 0, 20);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, protocol, false);
    view.setInt32(4, interfaceIndex, true);
    call("bind", `bind ${this.what}`, this.fd, address, 20);
  }

  /** A name that is no file's, of the network namespace: unix(7). */
  bindAbstract(name: string): void {
    const { u8, view, address } = scratch();
    const bytes = Buffer.from(`\0${name}`);
    view.setUint16(0, AF_UNIX, true);
    u8.set(bytes, 2);
    call("bind", `bind ${this.what} to @${name}`, this.fd, address, 2 + bytes.length);
  }

  bindInet(ipv4: string, port: number): void {
    const address = writeInetAddress(ipv4, port);
    call("bind", `bind ${this.what} to ${ipv4}:${port}`, this.fd, address, 16);
  }

  connectInet(ipv4: string, port: number): void {
    const address = writeInetAddress(ipv4, port);
    call("connect", `connect ${this.what} to ${ipv4}:${port}`, this.fd, address, 16);
  }

  /** Gives the descriptor away: closing it is the caller's from now on. */
  detach(): number {
    this.#open = false;
    return this.fd;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    call("close", `close ${this.what}`, this.fd);
  }
}

/** struct sockaddr_in, ip(7) */
function writeInetAddress(ipv4: string, port: number): number {
  const { u8, view, address } = scratch();
  u8.fill(0, 0, 16);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port, false);
  u8.set(parseIpv4(ipv4), 4);
  return address;
}
