/** Memory that the kernel shares with us, as typed arrays: one view a mapping, made once. */
import { call, viewOf } from "./libc.ts";

/** sys/mman.h */
export const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_POPULATE = 0x8000;
export const pageBytes = 4096;

/** Where memory lies that is a part of a larger buffer, and how it goes back to whose it is. */
interface PartOfBuffer {
  readonly buffer: ArrayBufferLike;
  readonly at: number;
  readonly release: () => void;
}

/**
 * A mapping. Its address is a number, so that it can be written into structures that the kernel
 * reads.
 */
export class Memory implements Disposable {
  readonly address: number;
  readonly bytes: number;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly view: DataView;
  readonly #release: () => void;
  #mapped = true;

  /** @param part where it is no mapping by itself */
  constructor(address: number, bytes: number, part?: PartOfBuffer) {
    const { buffer, at } = part ?? { buffer: viewOf(address, bytes), at: 0 };
    this.address = address;
    this.bytes = bytes;
    this.u8 = new Uint8Array(buffer, at, bytes);
    this.i32 = new Int32Array(buffer, at, bytes >>> 2);
    this.u32 = new Uint32Array(buffer, at, bytes >>> 2);
    this.view = new DataView(buffer, at, bytes);
    this.#release = part?.release ?? (() => call("munmap", `unmap ${bytes} bytes`, address, bytes));
  }

  /** Stores a 64-bit little-endian address or size. Set-up only: it makes a BigInt. */
  setUint64(at: number, value: number): void {
    this.view.setBigUint64(at, BigInt(value), true);
  }

  getUint64(at: number): number {
    return Number(this.view.getBigUint64(at, true));
  }

  /** Unmaps it. Nothing may touch the views afterwards: that would be a segmentation fault. */
  [Symbol.dispose](): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    this.#release();
  }
}

/** Zeroed memory of our own, all of its pages present; `bytes` is rounded up to whole pages. */
export function mapAnonymous(bytes: number): Memory {
  const size = Math.ceil(bytes / pageBytes) * pageBytes;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  const tried = `map ${size} bytes of memory`;
  return new Memory(call("mmap", tried, 0, size, PROT_READ_WRITE, flags, -1, 0), size);
}

/** Memory behind a file descriptor: a ring of a socket, the values of a BPF array. */
export function mapFile(fd: number, bytes: number, offset: number, what: string): Memory {
  const flags = MAP_SHARED | MAP_POPULATE;
  const address = call("mmap", `map ${what}`, 0, bytes, PROT_READ_WRITE, flags, fd, offset);
  return new Memory(address, bytes);
}

/**
 * Puts memory behind a file descriptor in the place of whole pages of `memory`, so that several
 * rings lie side by side in one view.
 *
 * @param at byte offset in `memory`, a multiple of the page size
 * @param offset in the file
 */
export function mapFileInto(
  memory: Memory,
  at: number,
  fd: number,
  bytes: number,
  what: string,
  offset = 0,
): void {
  const flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
  call("mmap", `map ${what}`, memory.address + at, bytes, PROT_READ_WRITE, flags, fd, offset);
}
