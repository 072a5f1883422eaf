/**
 * Calls of C functions from hot loops. koffi converts each argument by its declared type: 500
 * instructions for two. Node's own FFI calls a function *without* arguments by a handful, since the
 * compiler makes a plain call of it. So the arguments are put into memory, and a trampoline takes
 * them from there.
 *
 * node:ffi takes functions of libraries, by name, so the trampolines are a library, which is in
 * memory only. Where that is not possible (another processor, no node:ffi), koffi calls.
 */
import koffi from "koffi";
import { loadFfi, openInMemory } from "./library-in-memory.ts";
import { sharedObjectX64 } from "./shared-object.ts";
import { argumentsMax, slotBytes, targetAt, trampolineX64 } from "./trampoline.ts";

/** Integers and addresses as numbers, and so is what comes back. */
export type Native = (...args: number[]) => number;

interface Trampoline {
  readonly call: () => number;
  readonly slot: ArrayBuffer;
}

/** For each count of arguments; a path calls fewer functions than these in its loop. */
const trampolinesPerCount = 8;

/** By address: one function each, so that the compiler knows what is called. */
const bound = new Map<number, Native>();
const free = loadTrampolines();

/** Whether hot calls go past koffi here. */
export const hasFastCalls = free !== undefined;

interface Prototype {
  /** How many integers or pointers it takes. */
  readonly count: number;
  /**
   * What it returns: the low half of a long, or an int; what is above a narrower one is no part of
   * it.
   */
  readonly result: "int32" | "uint16";
}

/**
 * @param address of a C function
 * @param viaKoffi the same function, where nothing faster is available
 */
export function foreignCall(address: number, prototype: Prototype, viaKoffi: Native): Native {
  const known = bound.get(address);
  if (known) return known;
  const trampoline = free?.[prototype.count]?.pop();
  const call = trampoline ? aim(trampoline, address, prototype) : viaKoffi;
  bound.set(address, call);
  return call;
}

function aim({ call, slot }: Trampoline, address: number, { count, result }: Prototype): Native {
  new BigUint64Array(slot, targetAt, 1)[0] = BigInt(address);
  const names = ["a", "b", "c", "d", "e", "f"].slice(0, count);
  const stores = names.map((name, i) => `slot[${i}] = ${name};`).join(" ");
  const value = result === "uint16" ? "call() & 0xffff" : "call()";
  // With the address in its text, so that it shares no code, and the compiler knows what it calls.
  const text = `return (${names.join(", ")}) => { ${stores} return ${value}; }; // ${address}`;
  return new Function("slot", "call", text)(new Float64Array(slot), call) as Native;
}

/** Trampolines by their count of arguments, all of one library. */
function loadTrampolines(): Trampoline[][] | undefined {
  const { IOPATH_CALLS } = process.env;
  const ffi = process.arch === "x64" && IOPATH_CALLS !== "koffi" ? loadFfi() : undefined;
  if (ffi === undefined) return undefined;
  const kinds = Array.from({ length: (argumentsMax + 1) * trampolinesPerCount }, (_, i) => ({
    name: `trampoline${i}`,
    count: Math.floor(i / trampolinesPerCount),
  }));
  // Never given back: the code refers to it for as long as the process lives.
  const slots = koffi.alloc("uint64_t", (kinds.length * slotBytes) / 8);
  const slotOf = (i: number) => Number(koffi.address(slots)) + i * slotBytes;
  const file = sharedObjectX64(
    kinds.map(({ name, count }, i) => ({ name, code: trampolineX64(slotOf(i), count) })),
  );
  const functions = openInMemory(ffi, "iopath-trampolines", file);
  return (
    functions &&
    Array.from({ length: argumentsMax + 1 }, (_, count) =>
      kinds.flatMap((kind, i) =>
        kind.count === count
          ? [{ call: functions(kind.name), slot: koffi.view(BigInt(slotOf(i)), slotBytes) }]
          : [],
      ),
    )
  );
}
