/**
 * A small eBPF assembler: one method an instruction class, labels for jumps, chained so that a
 * program reads as a listing. Encoding as in Linux Documentation/bpf/standardization/
 * instruction-set.rst. It checks what it can (unknown labels, ranges); the verifier checks the
 * rest.
 */

/** r0 result, r1-r5 arguments (lost by calls), r6-r9 kept, r10 frame pointer. */
export const r0 = 0;
export const r1 = 1;
export const r2 = 2;
export const r3 = 3;
export const r4 = 4;
export const r5 = 5;
export const r6 = 6;
export const r7 = 7;
export const r8 = 8;
export const r9 = 9;
export const framePointer = 10;

const sizes = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 } as const;
const operations = {
  add: 0x00,
  subtract: 0x10,
  multiply: 0x20,
  or: 0x40,
  and: 0x50,
  shiftLeft: 0x60,
  shiftRight: 0x70,
  xor: 0xa0,
  move: 0xb0,
} as const;
const conditions = {
  equal: 0x10,
  above: 0x20,
  aboveOrEqual: 0x30,
  anyBitOf: 0x40,
  notEqual: 0x50,
  below: 0xa0,
  belowOrEqual: 0xb0,
} as const;

export type Size = keyof typeof sizes;
export type Operation = keyof typeof operations;
export type Condition = keyof typeof conditions;

interface Instruction {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
  readonly target?: string;
}

const BPF_ALU64_IMMEDIATE = 0x07;
const BPF_ALU64_REGISTER = 0x0f;
const BPF_ALU32_IMMEDIATE = 0x04;
const BPF_ALU32_REGISTER = 0x0c;
const BPF_LOAD = 0x61;
const BPF_STORE_IMMEDIATE = 0x62;
const BPF_STORE_REGISTER = 0x63;
const BPF_ATOMIC = 0xc3;
const BPF_JUMP_IMMEDIATE = 0x05;
const BPF_JUMP_REGISTER = 0x0d;
const BPF_JUMP32_IMMEDIATE = 0x06;
const BPF_JUMP32_REGISTER = 0x0e;
const BPF_JUMP_ALWAYS = 0x05;
const BPF_CALL = 0x85;
const BPF_EXIT = 0x95;
const BPF_LOAD_DOUBLE_WORD = 0x18;
const BPF_END_TO_BIG = 0xdc;
const BPF_PSEUDO_MAP_FD = 1;
const BPF_PSEUDO_MAP_VALUE = 2;

export class Assembler {
  readonly #instructions: Instruction[] = [];
  readonly #labels = new Map<string, number>();
  /** By the index of the first instruction that comes from there. */
  readonly #origins: { readonly from: number; readonly origin: string }[] = [];

  /** Names the place of the next instruction. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} stands twice`);
    this.#labels.set(name, this.#instructions.length);
    return this;
  }

  /** Says where the instructions that follow come from, for the verifier's refusal to name it. */
  origin(origin: string): this {
    this.#origins.push({ from: this.#instructions.length, origin });
    return this;
  }

  /** Where the instruction comes from, if `origin` said so. */
  originOf(instruction: number): string | undefined {
    return this.#origins.findLast(({ from }) => from <= instruction)?.origin;
  }

  /** destination = destination operation value, in 64 bits */
  immediate(operation: Operation, destination: number, value: number): this {
    return this.#emit(BPF_ALU64_IMMEDIATE | operations[operation], destination, 0, 0, value);
  }

  /** destination = destination operation source, in 64 bits */
  register(operation: Operation, destination: number, source: number): this {
    return this.#emit(BPF_ALU64_REGISTER | operations[operation], destination, source, 0, 0);
  }

  /** As `immediate`, in 32 bits; the upper half becomes 0. */
  immediate32(operation: Operation, destination: number, value: number): this {
    return this.#emit(BPF_ALU32_IMMEDIATE | operations[operation], destination, 0, 0, value);
  }

  /** As `register`, in 32 bits; the upper half becomes 0. */
  register32(operation: Operation, destination: number, source: number): this {
    return this.#emit(BPF_ALU32_REGISTER | operations[operation], destination, source, 0, 0);
  }

  /**
   * destination = its lowest bits, from big-endian to the host's order or back; the others become 0
   */
  fromBigEndian(destination: number, bits: 16 | 32): this {
    return this.#emit(BPF_END_TO_BIG, destination, 0, 0, bits);
  }

  /** destination = *(size *)(source + offset) */
  load(size: Size, destination: number, source: number, offset: number): this {
    return this.#emit(BPF_LOAD | sizes[size], destination, source, offset, 0);
  }

  /** *(size *)(destination + offset) = source */
  store(size: Size, destination: number, offset: number, source: number): this {
    return this.#emit(BPF_STORE_REGISTER | sizes[size], destination, source, offset, 0);
  }

  /** *(size *)(destination + offset) = value */
  storeImmediate(size: Size, destination: number, offset: number, value: number): this {
    return this.#emit(BPF_STORE_IMMEDIATE | sizes[size], destination, 0, offset, value);
  }

  /** Atomically: *(size *)(destination + offset) += source */
  atomicAdd(size: "u32" | "u64", destination: number, offset: number, source: number): this {
    return this.#emit(BPF_ATOMIC | sizes[size], destination, source, offset, 0);
  }

  /** destination = the map behind `fd`, for helpers */
  loadMap(destination: number, fd: number): this {
    return this.#emitWide(destination, BPF_PSEUDO_MAP_FD, fd, 0);
  }

  /** destination = address of the value of the one-entry array map behind `fd`, plus `offset` */
  loadMapValue(destination: number, fd: number, offset = 0): this {
    return this.#emitWide(destination, BPF_PSEUDO_MAP_VALUE, fd, offset);
  }

  /** Jump when `register condition value`, compared unsigned in 64 bits. */
  jumpIf(register: number, condition: Condition, value: number, target: string): this {
    const opcode = BPF_JUMP_IMMEDIATE | conditions[condition];
    return this.#emit(opcode, register, 0, 0, value, target);
  }

  /** Jump when `left condition right`, compared unsigned in 64 bits. */
  jumpIfRegister(left: number, condition: Condition, right: number, target: string): this {
    return this.#emit(BPF_JUMP_REGISTER | conditions[condition], left, right, 0, 0, target);
  }

  /** As `jumpIf`, comparing the lower 32 bits. */
  jump32If(register: number, condition: Condition, value: number, target: string): this {
    const opcode = BPF_JUMP32_IMMEDIATE | conditions[condition];
    return this.#emit(opcode, register, 0, 0, value, target);
  }

  /** As `jumpIfRegister`, comparing the lower 32 bits. */
  jump32IfRegister(left: number, condition: Condition, right: number, target: string): this {
    return this.#emit(BPF_JUMP32_REGISTER | conditions[condition], left, right, 0, 0, target);
  }

  jump(target: string): this {
    return this.#emit(BPF_JUMP_ALWAYS, 0, 0, 0, 0, target);
  }

  /** Call a helper by number; see bpf-helpers(7). */
  call(helper: number): this {
    return this.#emit(BPF_CALL, 0, 0, 0, helper);
  }

  exit(): this {
    return this.#emit(BPF_EXIT, 0, 0, 0, 0);
  }

  /** The program in the kernel's form, struct bpf_insn: 8 bytes an instruction. */
  assemble(): Uint8Array {
    const bytes = new Uint8Array(this.#instructions.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [i, instruction] of this.#instructions.entries()) {
      const { opcode, destination, source, immediate } = instruction;
      view.setUint8(i * 8, opcode);
      view.setUint8(i * 8 + 1, destination | (source << 4));
      view.setInt16(i * 8 + 2, this.#offsetOf(instruction, i), true);
      view.setInt32(i * 8 + 4, immediate | 0, true);
    }
    return bytes;
  }

  #offsetOf({ target, offset }: Instruction, at: number): number {
    if (target === undefined) return offset;
    const to = this.#labels.get(target);
    if (to === undefined) throw new Error(`jump to ${target}, and no such label`);
    return to - at - 1;
  }

  #emitWide(destination: number, source: number, low: number, high: number): this {
    this.#emit(BPF_LOAD_DOUBLE_WORD, destination, source, 0, low);
    return this.#emit(0, 0, 0, 0, high);
  }

  #emit(
    opcode: number,
    destination: number,
    source: number,
    offset: number,
    immediate: number,
    target?: string,
  ): this {
    if (offset < -0x8000 || offset > 0x7fff)
      throw new RangeError(`offset ${offset} not in 16 bits`);
    const instruction = { opcode, destination, source, offset, immediate };
    this.#instructions.push(target === undefined ? instruction : { ...instruction, target });
    return this;
  }
}
