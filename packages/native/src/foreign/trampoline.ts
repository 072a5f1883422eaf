/**
 * A function without arguments that calls another with some. It takes them from memory, where they
 * are 64-bit floats as JavaScript's numbers are, or integers already, puts them as integers into
 * the registers of the calling convention, and jumps.
 */

/** Arguments that the convention passes in registers. */
export const argumentsMax = 6;
/** What a trampoline reads: the arguments, and behind them the address of the function. */
export const slotBytes = 8 * (argumentsMax + 1);
export const targetAt = 8 * argumentsMax;

/** Numbers of rdi, rsi, rdx, rcx, r8 and r9 (System V ABI for x86-64, 3.2.3). */
const registers = [7, 6, 2, 1, 8, 9] as const;
/** Prefixes of 64-bit operands; the second for registers from r8 on. */
const [rexW, rexWR] = [0x48, 0x4c];

export type ArgumentForm = "floats" | "integers";

/** @param slot address of what it reads, @param count of arguments */
export function trampolineX64(slot: number, count: number, form: ArgumentForm): Uint8Array {
  const load = form === "floats" ? convert : move;
  const address = new Uint8Array(8);
  new DataView(address.buffer).setBigUint64(0, BigInt(slot), true);
  return Uint8Array.from([
    ...[rexW, 0xb8, ...address], // movabs rax, slot
    ...registers.slice(0, count).flatMap((register, i) => load(register, i * 8)),
    ...[0xff, 0x60, targetAt], // jmp [rax + targetAt]
  ]);
}

/** cvttsd2si register, [rax + at] */
const convert = (register: number, at: number) => [
  ...[0xf2, rexOf(register), 0x0f, 0x2c],
  ...fromSlot(register, at),
];
/** mov register, [rax + at] */
const move = (register: number, at: number) => [rexOf(register), 0x8b, ...fromSlot(register, at)];

const rexOf = (register: number) => (register < 8 ? rexW : rexWR);
const fromSlot = (register: number, at: number) => [0x40 | ((register & 7) << 3), at];
