/** Shared objects that are in memory only, and functions of theirs without arguments. */
import { closeSync, writeSync } from "node:fs";
import koffi from "koffi";

type Ffi = typeof import("node:ffi");

const MFD_CLOEXEC = 1;
/** A library that is collected is closed. */
const libraries: Disposable[] = [];
const memfdCreate = koffi.load("libc.so.6").func("int memfd_create(const char *name, uint flags)");

/**
 * The functions of a shared object by name; undefined on a system that runs no code out of memory.
 *
 * @param name that its memory has in /proc/PID/maps
 */
export function openInMemory(
  ffi: Ffi,
  name: string,
  file: Uint8Array,
): ((name: string) => () => number) | undefined {
  const fd = memfdCreate(name, MFD_CLOEXEC) as number;
  if (fd < 0) return undefined;
  try {
    writeSync(fd, file);
    // Stays open: the dynamic linker knows libraries by path, and another thread's must have
    // another.
    const library = new ffi.DynamicLibrary(`/proc/self/fd/${fd}`);
    libraries.push(library);
    return (symbol) =>
      library.getFunction(symbol, { arguments: [], return: "i32" }) as () => number;
  } catch {
    closeSync(fd);
    return undefined;
  }
}

/** Node's own foreign function interface; undefined where it has none. */
export function loadFfi(): Ffi | undefined {
  const { emitWarning } = process;
  // It would warn that it is experimental: that is why there is another way.
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:ffi");
  } finally {
    process.emitWarning = emitWarning;
  }
}
