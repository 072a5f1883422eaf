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
import {
  type ArgumentForm,
  argumentsMax,
  slotBytes,
  targetAt,
  trampolineX64,
} from "./trampoline.ts";

/** Integers and addresses as numbers, and so is what comes back. */
export type Native = (...args: number[]) => number;

interface Trampoline {
  readonly call: () => number;
  readonly slot: ArrayBuffer;
}

/** For each count of arguments; a path calls fewer functions than these in its loop. */
const trampolinesPerCount = 8;
/** For calls whose first arguments stay, and how many stay: two for each forwarder that is open. */
const trampolinesOfBound = 32;
const boundArguments = 2;

/** By address: one function each, so that the compiler knows what is called. */
const made = new Map<number, Native>();
const free = loadTrampolines();
/** Equal texts are compiled once, so that each gets a number. */
let boundCalls = 0;

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
  const known = made.get(address);
  if (known) return known;
  const trampoline = free?.byCount[prototype.count]?.pop();
  const call = trampoline ? aim(trampoline, address, prototype) : viaKoffi;
  made.set(address, call);
  return call;
}

export interface BoundCall extends Disposable {
  /** Not to be called once this is disposed. */
  readonly call: (last: number) => number;
}

/**
 * A call whose arguments are always the same but for the last, which is 0 to 2^31 - 1: the others
 * lie as integers where the trampoline takes them from, in place of being put there each time.
 *
 * @param address of a C function
 * @param first all of its arguments but the last
 * @param viaKoffi the same function, where nothing faster is available
 */
export function boundCall(
  address: number,
  { result }: Pick<Prototype, "result">,
  first: readonly number[],
  viaKoffi: Native,
): BoundCall {
  const trampolines = first.length === boundArguments ? free?.bound : undefined;
  const trampoline = trampolines?.pop();
  if (trampoline === undefined) {
    return { call: (last) => viaKoffi(...first, last), [Symbol.dispose]() {} };
  }
  const { slot, call } = trampoline;
  new BigUint64Array(slot).set([...first, 0].map(BigInt));
  new BigUint64Array(slot, targetAt, 1)[0] = BigInt(address);
  const value = result === "uint16" ? "call() & 0xffff" : "call()";
  const text = `return (last) => { slot[${2 * first.length}] = last | 0; return ${value}; };`;
  const make = new Function("slot", "call", `${text} // ${boundCalls++}`);
  return {
    call: make(new Int32Array(slot), call) as BoundCall["call"],
    [Symbol.dispose]: () => void trampolines?.push(trampoline),
  };
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

interface Trampolines {
  readonly byCount: readonly Trampoline[][];
  readonly bound: Trampoline[];
}
interface Kind {
  readonly count: number;
  readonly form: ArgumentForm;
}

/** All of one library. */
function loadTrampolines(): Trampolines | undefined {
  const { IOPATH_CALLS } = process.env;
  const ffi = process.arch === "x64" && IOPATH_CALLS !== "koffi" ? loadFfi() : undefined;
  if (ffi === undefined) return undefined;
  const counts = Array.from({ length: argumentsMax + 1 }, (_, count) => count);
  const kinds = [
    ...counts.flatMap((count) => Array<Kind>(trampolinesPerCount).fill({ count, form: "floats" })),
    ...Array<Kind>(trampolinesOfBound).fill({ count: boundArguments + 1, form: "integers" }),
  ];
  // Never given back: the code refers to it for as long as the process lives.
  const slots = koffi.alloc("uint64_t", (kinds.length * slotBytes) / 8);
  const slotOf = (i: number) => Number(koffi.address(slots)) + i * slotBytes;
  const nameOf = (i: number) => `trampoline${i}`;
  const file = sharedObjectX64(
    kinds.map(({ count, form }, i) => ({
      name: nameOf(i),
      code: trampolineX64(slotOf(i), count, form),
    })),
  );
  const functions = openInMemory(ffi, "iopath-trampolines", file);
  if (functions === undefined) return undefined;
  const all = kinds.map((kind, i) => ({
    ...kind,
    ...{ call: functions(nameOf(i)), slot: koffi.view(BigInt(slotOf(i)), slotBytes) },
  }));
  const floats = all.filter(({ form }) => form === "floats");
  return {
    byCount: counts.map((count) => floats.filter((one) => one.count === count)),
    bound: all.filter(({ form }) => form === "integers"),
  };
}
