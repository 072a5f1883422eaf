/**
 * A small WebAssembly assembler, of one function over one linear memory: one method an instruction,
 * chained so that code reads in the order of the stack machine. Binary format as in chapter 5 of
 * the WebAssembly specification. What it does not check, `new WebAssembly.Module` checks.
 */

type Bytes = readonly number[];

const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
type Type = keyof typeof types;
/** The number of a local variable. */
export type Variable = number;

/** Of two 32-bit integers without a sign; the first operand was pushed first. */
const operations = {
  equal: 0x46,
  notEqual: 0x47,
  below: 0x49,
  above: 0x4b,
  belowOrEqual: 0x4d,
  aboveOrEqual: 0x4f,
  add: 0x6a,
  subtract: 0x6b,
  and: 0x71,
  or: 0x72,
  shiftLeft: 0x74,
  shiftRight: 0x76,
} as const;
export type Operation = keyof typeof operations;

const vectorPrefix = 0xfd;
/** Sums of lanes, by their width. */
const vectorAdd = { 8: 0x6e, 16: 0x8e, 32: 0xae } as const;
const loads = { u8: [0x2d], u16: [0x2f], u32: [0x28], v128: [vectorPrefix, 0] } as const;
const stores = {
  u8: [0x3a],
  u16: [0x3b],
  u32: [0x36],
  u64: [0x37],
  v128: [vectorPrefix, 11],
} as const;

/** LEB128, as chapter 5.2.2 has it. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 128))];
}
function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  return rest === (low & 0x40 ? -1n : 0n) ? [low] : [low | 0x80, ...signed(rest)];
}
const vector = (items: readonly Bytes[]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (name: string): number[] => vector([...Buffer.from(name)].map((byte) => [byte]));
const section = (id: number, item: Bytes) => [id, ...unsigned(item.length + 1), 1, ...item];

/** What a jump leads to: the end of a block, or the beginning of a loop. */
export interface Label {
  readonly depth: number;
}

export class WasmAssembler {
  readonly #first: number[] = [];
  readonly #code: number[] = [];
  readonly #variables: Bytes[] = [];
  /** By the bytes that they have. */
  readonly #constants = new Map<string, Variable>();
  readonly #parameters: number;
  #depth = 0;

  /** @param parameters of the function, 32-bit integers; they are the first variables */
  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  variable(type: Type = "i32"): Variable {
    this.#variables.push([1, types[type]]);
    return this.#parameters + this.#variables.length - 1;
  }

  /**
   * A variable that has this value from the beginning: a constant that a loop need not make again.
   */
  vectorVariable(bytes: Uint8Array): Variable {
    const key = bytes.join();
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const variable = this.variable("v128");
    this.#constants.set(key, variable);
    this.#first.push(vectorPrefix, 12, ...bytes, 0x21, ...unsigned(variable));
    return variable;
  }

  get = (variable: Variable) => this.#emit(0x20, ...unsigned(variable));
  set = (variable: Variable) => this.#emit(0x21, ...unsigned(variable));
  constant = (value: number) => this.#emit(0x41, ...signed(BigInt(value | 0)));
  constant64 = (value: bigint) => this.#emit(0x42, ...signed(BigInt.asIntN(64, value)));
  operate = (operation: Operation) => this.#emit(operations[operation]);
  addVectors = (laneBits: keyof typeof vectorAdd) =>
    this.#emit(vectorPrefix, ...unsigned(vectorAdd[laneBits]));

  /** Pops an address, pushes what lies `offset` behind it. */
  load = (size: keyof typeof loads, offset: number) =>
    this.#emit(...loads[size], 0, ...unsigned(offset));
  /** Pops a value, then an address. */
  store = (size: keyof typeof stores, offset: number) =>
    this.#emit(...stores[size], 0, ...unsigned(offset));

  /** A jump to its label leads behind it. */
  block = (body: (end: Label) => void) => this.#nest(0x02, body);
  /** A jump to its label leads back to its beginning. */
  loop = (body: (again: Label) => void) => this.#nest(0x03, body);
  jump = ({ depth }: Label) => this.#emit(0x0c, ...unsigned(this.#depth - depth));
  /** Pops a condition. */
  jumpIf = ({ depth }: Label) => this.#emit(0x0d, ...unsigned(this.#depth - depth));
  return = () => this.#emit(0x0f);

  /**
   * A module that imports `linear.memory` and exports the function, which returns an integer, as
   * `f`.
   */
  assemble(memory: Pick<WebAssembly.Memory, "buffer">): Uint8Array<ArrayBuffer> {
    const content = [...vector(this.#variables), ...this.#first, ...this.#code, 0x0b];
    const signature = [0x60, ...vector(Array(this.#parameters).fill([types.i32])), 1, types.i32];
    const pages = unsigned(memory.buffer.byteLength / 65_536);
    const isShared = memory.buffer instanceof SharedArrayBuffer;
    const limits = isShared ? [3, ...pages, ...pages] : [0, ...pages];
    return Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic number and version
      ...section(1, signature),
      ...section(2, [...text("linear"), ...text("memory"), 2, ...limits]),
      ...section(3, [0]),
      ...section(7, [...text("f"), 0, 0]),
      ...section(10, [...unsigned(content.length), ...content]),
    ]);
  }

  #nest(opcode: number, body: (label: Label) => void): this {
    this.#emit(opcode, 0x40);
    body({ depth: ++this.#depth });
    this.#depth--;
    return this.#emit(0x0b);
  }

  #emit(...bytes: Bytes): this {
    this.#code.push(...bytes);
    return this;
  }
}
