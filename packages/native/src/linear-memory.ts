/**
 * The memory that WebAssembly of this thread reaches: one `WebAssembly.Memory`, in whose range all
 * memory of frames lies, whoever gives its pages. Code in WebAssembly then reads and writes them by
 * 32-bit addresses, and V8 needs no bounds checks, since behind the memory it has reserved all
 * that such an address can reach.
 *
 * V8 reserves 8 GiB of address space and more for it, and backs no page before it is touched. In a
 * process that may not have so much (ulimit -v, a container's limits), V8 takes only the memory
 * itself and checks each access: slower, and as right.
 */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { addressOf, call } from "./libc.ts";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_POPULATE,
  MAP_PRIVATE,
  Memory,
  PROT_READ_WRITE,
  pageBytes,
} from "./memory.ts";

const wasmPageBytes = 65_536;
/** Several times what any path asks for. It never grows: growing would detach all views. */
const linearBytes = 256 << 20;
/** What an access in WebAssembly can reach behind the memory: a 32-bit address and offset. */
const reachableBytes = 2 ** 32;

interface Span {
  readonly at: number;
  readonly bytes: number;
}

class LinearMemory {
  readonly wasm: WebAssembly.Memory;
  /** Where it lies in the process. */
  readonly address: number;
  /** In their order, no two of them side by side. */
  #free: readonly Span[];

  constructor() {
    const pages = linearBytes / wasmPageBytes;
    try {
      this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (cause) {
      const message = `no address space for a WebAssembly memory of ${linearBytes >> 20} MiB`;
      const remedy = "raise the limit of this process's address space (ulimit -v)";
      throw new IopathError(ExitStatus.cannotRun, message, { remedy, cause });
    }
    this.address = addressOf(new Uint8Array(this.wasm.buffer));
    // Address 0 is nobody's.
    this.#free = [{ at: pageBytes, bytes: linearBytes - pageBytes }];
  }

  take(bytes: number): number {
    const index = this.#free.findIndex((span) => span.bytes >= bytes);
    const span = this.#free[index];
    if (span === undefined) {
      const message = `the WebAssembly memory of ${linearBytes >> 20} MiB has no ${bytes} bytes left`;
      throw new IopathError(ExitStatus.cannotRun, message, {
        remedy: "ask for a smaller burst, or close a path before the next is opened",
      });
    }
    const rest = { at: span.at + bytes, bytes: span.bytes - bytes };
    this.#free = this.#free.toSpliced(index, 1, ...(rest.bytes > 0 ? [rest] : []));
    return span.at;
  }

  giveBack(at: number, bytes: number): void {
    const sorted = [...this.#free, { at, bytes }].sort((a, b) => a.at - b.at);
    const merged: Span[] = [];
    for (const span of sorted) {
      const last = merged.at(-1);
      if (last && last.at + last.bytes === span.at) {
        merged[merged.length - 1] = { at: last.at, bytes: last.bytes + span.bytes };
      } else merged.push(span);
    }
    this.#free = merged;
  }
}

let linear: LinearMemory | undefined;

/** Made when it is first asked for. @throws IopathError without address space for it */
export function linearMemory(): { readonly wasm: WebAssembly.Memory; readonly address: number } {
  linear ??= new LinearMemory();
  return linear;
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

/**
 * Zeroed memory within that of WebAssembly, all of its pages present, to hold frames; `bytes` is
 * rounded up to whole pages. `mapFileInto` puts a kernel's pages in its place. When it is disposed,
 * the range gets zero pages again and goes to the next caller.
 */
export function mapFrames(bytes: number): Memory {
  const size = Math.ceil(bytes / pageBytes) * pageBytes;
  linear ??= new LinearMemory();
  const memory = linear;
  const at = memory.take(size);
  const address = memory.address + at;
  const fill = (flags: number) => {
    const tried = `map ${size} bytes into the memory of WebAssembly`;
    const all = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags;
    call("mmap", tried, address, size, PROT_READ_WRITE, all, -1, 0);
  };
  const release = () => {
    fill(0);
    memory.giveBack(at, size);
  };
  fill(MAP_POPULATE);
  return new Memory(address, size, { buffer: memory.wasm.buffer, at, release });
}
