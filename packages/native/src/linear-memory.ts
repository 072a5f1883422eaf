/**
 * The memory that WebAssembly of this process reaches: one `WebAssembly.Memory`, in whose range all
 * memory of frames lies, whoever gives its pages. Code in WebAssembly then reads and writes them by
 * 32-bit addresses, and V8 needs no bounds checks, since behind the memory it has reserved all
 * that such an address can reach.
 *
 * All threads have it, as threads of one process may share a path's memory: the first one makes it,
 * and those that are started afterwards find it. V8 reserves 8 GiB of address space and more for
 * it, and backs no page before it is touched. In a process that may not have so much (ulimit -v, a
 * container's limits), V8 takes only the memory itself and checks each access: slower, and as
 * right.
 */
import { readFileSync } from "node:fs";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { ExitStatus, IopathError } from "@iopath/contract";
import { addressOf, call, viewOf } from "./libc.ts";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_POPULATE,
  MAP_PRIVATE,
  Memory,
  PROT_READ_WRITE,
  pageBytes,
} from "./memory.ts";
import { PageMap } from "./page-map.ts";

const wasmPageBytes = 65_536;
/** Several times what any path asks for. It never grows: growing would detach all views. */
const linearBytes = 256 << 20;
const fourGibibytes = 2 ** 32;
/** What an access in WebAssembly can reach behind the memory: a 32-bit address and offset. */
const reachableBytes = fourGibibytes;
/** Address 0 is nobody's. */
const mapAt = pageBytes;
const pages = linearBytes / pageBytes;

/** How a thread finds the memory that the process has. */
const environmentKey = "iopath: the memory of WebAssembly";

class LinearMemory {
  readonly wasm: WebAssembly.Memory;
  /** Where it lies in the process. */
  readonly address: number;
  readonly pages: PageMap;

  constructor() {
    const shared = getEnvironmentData(environmentKey) as WebAssembly.Memory | undefined;
    this.wasm = shared ?? newMemory();
    const bytes = new Uint8Array(this.wasm.buffer);
    this.address = addressOf(bytes);
    this.pages = new PageMap(this.wasm.buffer, mapAt, pages);
    if (shared) return;
    this.pages.reserve(0, Math.ceil((mapAt + this.pages.bytes) / pageBytes));
    // So no range crosses a multiple of 4 GiB: the addresses in it have one high half.
    const boundary = fourGibibytes - (this.address % fourGibibytes);
    if (boundary < linearBytes) this.pages.reserve(boundary / pageBytes - 1, 1);
    setEnvironmentData(environmentKey, this.wasm as unknown as string);
  }

  /** Puts zeroed pages into a range. */
  clear(at: number, bytes: number, more = 0): void {
    const tried = `map ${bytes} bytes into the memory of WebAssembly`;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | more;
    call("mmap", tried, this.address + at, bytes, PROT_READ_WRITE, flags, -1, 0);
  }
}

/** Shared between threads, which costs an access nothing. */
function newMemory(): WebAssembly.Memory {
  const size = linearBytes / wasmPageBytes;
  try {
    return new WebAssembly.Memory({ initial: size, maximum: size, shared: true });
  } catch (cause) {
    const message = `no address space for a WebAssembly memory of ${linearBytes >> 20} MiB`;
    const remedy = "raise the limit of this process's address space (ulimit -v)";
    throw new IopathError(ExitStatus.cannotRun, message, { remedy, cause });
  }
}

let linear: LinearMemory | undefined;

/** Made when it is first asked for. @throws IopathError without address space for it */
export function linearMemory(): { readonly wasm: WebAssembly.Memory; readonly address: number } {
  linear ??= new LinearMemory();
  return linear;
}

/** The bytes at an address: those of the memory of WebAssembly where they lie in it. */
export function bytesAt(address: number, bytes: number): Uint8Array {
  if (linear ?? getEnvironmentData(environmentKey)) {
    const { wasm, address: base } = linearMemory();
    const at = address - base;
    if (at >= 0 && at + bytes <= linearBytes) return new Uint8Array(wasm.buffer, at, bytes);
  }
  return new Uint8Array(viewOf(address, bytes));
}

/** Where in the memory of WebAssembly these bytes lie; undefined if elsewhere. */
export function placeInLinear(bytes: Uint8Array): number | undefined {
  return linear && bytes.buffer === linear.wasm.buffer ? bytes.byteOffset : undefined;
}

/**
 * Whether V8 found address space for guard pages: no mapping of another's follows the memory
 * within what an access can reach. Only then does its code check no bounds.
 */
export function hasGuardPages(): boolean {
  const end = linearMemory().address + linearBytes;
  const reserved = readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .find((line) => {
      const [from, to] = line
        .split(" ")[0]!
        .split("-")
        .map((text) => Number.parseInt(text, 16));
      return from! <= end && end < to!;
    });
  if (!reserved?.includes("---p")) return false;
  const to = Number.parseInt(reserved.split("-")[1]!, 16);
  return to - end >= reachableBytes;
}

/** What the figures of a workload on these bytes suffer from, in words, if from anything. */
export function noteOnAccess(bytes: Uint8Array): string | undefined {
  if (placeInLinear(bytes) === undefined || hasGuardPages()) return undefined;
  return "no address space for guard pages (ulimit -v): WebAssembly checks each access to a frame";
}

/**
 * Zeroed memory within that of WebAssembly, all of its pages present, to hold frames; `bytes` is
 * rounded up to whole pages. All of its addresses have the same high half. `mapFileInto` puts a
 * kernel's pages in its place. When it is disposed, the range gets zero pages again and goes to the
 * next caller.
 *
 * @param alignment of its address in the process, for larger pages that are mapped into it
 * @throws IopathError when no room is left
 */
export function mapFrames(bytes: number, alignment = pageBytes): Memory {
  linear ??= new LinearMemory();
  const memory = linear;
  const count = Math.ceil((bytes + alignment) / pageBytes) - 1;
  const first = memory.pages.take(count);
  if (first === undefined) {
    const message = `the WebAssembly memory of ${linearBytes >> 20} MiB has no ${bytes} bytes left`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "ask for a smaller burst, or close a path before the next is opened",
    });
  }
  const address = Math.ceil((memory.address + first * pageBytes) / alignment) * alignment;
  const at = address - memory.address;
  const size = Math.ceil(bytes / pageBytes) * pageBytes;
  const release = () => {
    memory.clear(at, size);
    memory.pages.giveBack(first, count);
  };
  memory.clear(at, size, MAP_POPULATE);
  return new Memory(address, size, { buffer: memory.wasm.buffer, at, release });
}
