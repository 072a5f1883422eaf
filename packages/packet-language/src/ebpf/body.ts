/**
 * The statements of a listing as eBPF.
 *
 * The frame's first byte, its end and its length stay in r6 to r8. A let gets r5, r4 or r3 while
 * one is free, and a slot of the stack after that; an expression is evaluated in r0 to r2. A value
 * fills the lower half of its register, and the upper half is 0.
 */
import { type Assembler, asm } from "@iopath/native";
import { expressionRegisters } from "../checks.ts";
import { ListingError, quote } from "../line.ts";
import {
  type Comparison,
  type Condition,
  type If,
  type Listing,
  nodesOf,
  type Operation,
  opposite,
  type Statement,
  type Tree,
} from "../tree.ts";

const { r0, r1, r2, r3, r4, r5, r6, r7, r8, framePointer } = asm;
export const data = r6;
export const dataEnd = r7;
export const frameLength = r8;
const temporaries = [r0, r1, r2].slice(0, expressionRegisters);
const localRegisters = [r5, r4, r3];
const slotBytes = 8;
/** The slot above the first one for a let belongs to the program around the listing. */
const aboveSlots = -8;
const stackBytes = 512;

const sizes = { 8: "u8", 16: "u16", 32: "u32" } as const;
const operations = {
  ...({ plus: "add", minus: "subtract", and: "and", or: "or" } as const),
  ...({ shiftLeft: "shiftLeft", shiftRight: "shiftRight" } as const),
} satisfies Record<Operation, asm.Operation>;
const conditions = {
  ...({ is: "equal", isBelow: "below", isAbove: "above" } as const),
  ...({ isNot: "notEqual", isAtLeast: "aboveOrEqual", isAtMost: "belowOrEqual" } as const),
} satisfies Record<Comparison, asm.Condition>;

export const dropLabel = (reasons: readonly string[], reason: number) => `drop ${reasons[reason]}`;

/** Registers that may be overwritten; the first one is taken first. */
type Free = readonly number[];

/**
 * Writes the statements. A frame to drop jumps to the label of its reason, others run off the end.
 */
export class Body {
  readonly #program: Assembler;
  readonly #reasons: readonly string[];
  readonly #count: (counter: number) => void;
  /** Where each let is: its register, or its slot (negative). */
  readonly #homes = new Map<number, number>();
  #ifs = 0;

  /** @param count adds 1 to a counter of the listing, in r0 */
  constructor(program: Assembler, { reasons }: Listing, count: (counter: number) => void) {
    this.#program = program;
    this.#reasons = reasons;
    this.#count = count;
  }

  /** A let that begins among these statements gives its home back after its last use. */
  write(statements: readonly Statement[]): void {
    const outer = new Set(this.#homes.keys());
    const lastUse = new Map(
      statements.flatMap((one, i) => [...nodesOf("local", one)].map(({ local }) => [local, i])),
    );
    for (const [i, statement] of statements.entries()) {
      this.#program.origin(quote(statement.line));
      this.#statement(statement);
      for (const [local, last] of lastUse) {
        if (last <= i && !outer.has(local)) this.#homes.delete(local);
      }
    }
  }

  #statement(statement: Statement): void {
    const program = this.#program;
    switch (statement.kind) {
      case "atLeast":
        program.register("move", r0, data).immediate("add", r0, statement.bytes);
        program.jumpIfRegister(r0, "above", dataEnd, dropLabel(this.#reasons, statement.reason));
        break;
      case "drop": {
        const label = dropLabel(this.#reasons, statement.reason);
        if (statement.when) this.#jumpIf(statement.when, label);
        else program.jump(label);
        break;
      }
      case "count":
        this.#count(statement.counter);
        break;
      case "let":
        this.#let(statement);
        break;
      case "store": {
        const { value, field } = statement;
        const size = sizes[field.width];
        if (value.kind === "constant") program.storeImmediate(size, data, field.at, value.value);
        else program.store(size, data, field.at, this.#operand(value, temporaries)[0]);
        break;
      }
      case "write":
        this.#constantBytes(statement.at, statement.bytes);
        break;
      case "if":
        this.#if(statement);
    }
  }

  #let({ local: { local }, value, line }: Extract<Statement, { kind: "let" }>): void {
    const taken = [...this.#homes.values()];
    const register = localRegisters.find((one) => !taken.includes(one));
    const slot = Math.min(aboveSlots, ...taken) - slotBytes;
    this.#into(register ?? r0, value, register === undefined ? [r1, r2] : temporaries);
    if (register === undefined) this.#program.store("u64", framePointer, slot, r0);
    if (slot < -stackBytes) throw new ListingError("too many lets are in use at once", line);
    this.#homes.set(local, register ?? slot);
  }

  #constantBytes(at: number, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let i = 0;
    for (; i + 4 <= bytes.length; i += 4) {
      this.#program.storeImmediate("u32", data, at + i, view.getUint32(i, true));
    }
    for (; i < bytes.length; i++) this.#program.storeImmediate("u8", data, at + i, bytes[i]!);
  }

  #if({ all, body, otherwise }: If): void {
    const program = this.#program;
    const name = `if ${this.#ifs++}`;
    const [elsewhere, end] = [`${name}, otherwise`, `${name}, end`];
    // The last condition of an `unless` jumps over what is otherwise.
    const leading = body.length === 0 ? all.slice(0, -1) : all;
    for (const one of leading) {
      this.#jumpIf({ ...one, operation: opposite[one.operation] }, elsewhere);
    }
    if (body.length === 0) this.#jumpIf(all.at(-1)!, end);
    this.write(body);
    // Behind a drop, nothing would lead to the jump, which the verifier refuses.
    if (body.length > 0 && otherwise.length > 0 && !endsInDrop(body)) program.jump(end);
    program.label(elsewhere);
    this.write(otherwise);
    program.label(end);
  }

  #jumpIf(question: Condition, target: string): void {
    const { operation, left, right } = question;
    const bits = anyBitOf(question);
    if (bits) {
      const [register] = this.#operand(bits.of, temporaries);
      this.#program.jump32If(register, "anyBitOf", bits.mask, target);
      return;
    }
    const [register, free] = this.#operand(left, temporaries);
    const condition = conditions[operation];
    if (right.kind === "constant") {
      this.#program.jump32If(register, condition, right.value, target);
    } else {
      const [other] = this.#operand(right, free);
      this.#program.jump32IfRegister(register, condition, other, target);
    }
  }

  /** A register that has the value, to be read only, and the registers that are free then. */
  #operand(tree: Tree, free: Free): [register: number, free: Free] {
    if (tree.kind === "length") return [frameLength, free];
    const home = tree.kind === "local" ? this.#homes.get(tree.local)! : -1;
    if (home >= 0) return [home, free];
    const [register, ...rest] = free;
    if (register === undefined)
      throw new Error("checks.ts lets expressions pass that are too long");
    this.#into(register, tree, rest);
    return [register, rest];
  }

  /** Evaluates into a register that may be overwritten. */
  #into(to: number, tree: Tree, free: Free): void {
    const program = this.#program;
    if (tree.kind === "constant") {
      program.immediate32("move", to, tree.value);
    } else if (tree.kind === "length") {
      program.register32("move", to, frameLength);
    } else if (tree.kind === "local") {
      const home = this.#homes.get(tree.local)!;
      if (home < 0) program.load("u64", to, framePointer, home);
      else program.register32("move", to, home);
    } else if (tree.kind === "field") {
      program.load(sizes[tree.width], to, data, tree.at);
    } else if (tree.kind === "swap") {
      this.#into(to, tree.of, free);
      program.fromBigEndian(to, tree.width);
    } else {
      this.#into(to, tree.left, free);
      const operation = operations[tree.operation];
      if (tree.right.kind === "constant") program.immediate32(operation, to, tree.right.value);
      else program.register32(operation, to, this.#operand(tree.right, free)[0]);
    }
  }
}

/** Of a condition that asks whether any bit of a mask is set: one instruction does that. */
function anyBitOf({ operation, left, right }: Condition) {
  const isZero = right.kind === "constant" && right.value === 0;
  if (operation !== "isNot" || !isZero || left.kind !== "binary") return undefined;
  if (left.operation !== "and" || left.right.kind !== "constant") return undefined;
  return { of: left.left, mask: left.right.value };
}

function endsInDrop(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  if (last?.kind === "if") return endsInDrop(last.body) && endsInDrop(last.otherwise);
  return last?.kind === "drop" && last.when === undefined;
}
