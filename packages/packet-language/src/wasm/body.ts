/** The statements of a listing as WebAssembly, for one frame. */
import {
  type Comparison,
  type Condition,
  type If,
  type Operation,
  opposite,
  type Statement,
  type Tree,
  type Write,
} from "../tree.ts";
import type * as wasm from "./assembler.ts";
import { lanes, type Sum, sumsBehind, vectorBytes } from "./sums.ts";

const sizes = { 8: "u8", 16: "u16", 32: "u32" } as const;
const operations = {
  ...({ plus: "add", minus: "subtract", and: "and", or: "or" } as const),
  ...({ shiftLeft: "shiftLeft", shiftRight: "shiftRight" } as const),
  ...({ is: "equal", isBelow: "below", isAbove: "above" } as const),
  ...({ isNot: "notEqual", isAtLeast: "aboveOrEqual", isAtMost: "belowOrEqual" } as const),
} satisfies Record<Operation | Comparison, wasm.Operation>;

/** What the code of one frame stands in. */
interface Surroundings {
  readonly frame: wasm.Variable;
  readonly bytes: wasm.Variable;
  /** Gets four times the index of the reason before a jump to `drop`, where anybody asks. */
  readonly reason?: wasm.Variable;
  readonly drop: wasm.Label;
  readonly addressOfCounter: (counter: number) => number;
  readonly simd: boolean;
}

export class Body {
  readonly #f: wasm.WasmAssembler;
  readonly #around: Surroundings;
  readonly #locals = new Map<number, wasm.Variable>();

  constructor(f: wasm.WasmAssembler, around: Surroundings) {
    this.#f = f;
    this.#around = around;
  }

  /** The statements; a forwarded frame gets to their end. */
  write(statements: readonly Statement[]): void {
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i]!;
      if (statement.kind !== "write") {
        this.#statement(statement);
        continue;
      }
      const sums = this.#around.simd ? sumsBehind(statement, statements.slice(i + 1)) : [];
      if (sums.length > 0) this.#writeAndSum(statement, sums);
      else this.#constantBytes(statement);
      i += sums.length;
    }
  }

  #statement(statement: Exclude<Statement, { kind: "write" }>): void {
    const f = this.#f;
    const { frame, bytes, drop, addressOfCounter } = this.#around;
    switch (statement.kind) {
      case "atLeast":
        this.#because(statement.reason);
        f.get(bytes).constant(statement.bytes).operate("below").jumpIf(drop);
        break;
      case "drop":
        this.#because(statement.reason);
        if (statement.when) this.#condition(statement.when).jumpIf(drop);
        else f.jump(drop);
        break;
      case "count": {
        const at = addressOfCounter(statement.counter);
        f.constant(0).constant(0).load("u32", at).constant(1).operate("add").store("u32", at);
        break;
      }
      case "let": {
        const { local } = statement.local;
        const variable = this.#locals.get(local) ?? f.variable();
        this.#locals.set(local, variable);
        this.#value(statement.value).set(variable);
        break;
      }
      case "store": {
        const { field, value } = statement;
        f.get(frame);
        this.#value(value).store(sizes[field.width], field.at);
        break;
      }
      case "if":
        this.#if(statement);
    }
  }

  #because(index: number): void {
    const { reason } = this.#around;
    if (reason !== undefined) this.#f.constant(index * 4).set(reason);
  }

  #if({ all, body, otherwise }: If): void {
    this.#f.block((end) => {
      this.#f.block((elsewhere) => {
        this.#jumpUnless(all, elsewhere);
        this.write(body);
        this.#f.jump(end);
      });
      this.write(otherwise);
    });
  }

  /** A branch for each: V8 makes slow code of conditions that are values. */
  #jumpUnless(all: readonly Condition[], elsewhere: wasm.Label): void {
    for (const one of all) {
      this.#condition({ ...one, operation: opposite[one.operation] }).jumpIf(elsewhere);
    }
  }

  /** In stores as wide as they get. */
  #constantBytes({ at, bytes }: Write): void {
    const f = this.#f;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let i = 0;
    for (; i + 8 <= bytes.length; i += 8) {
      f.get(this.#around.frame).constant64(view.getBigUint64(i, true));
      f.store("u64", at + i);
    }
    for (; i + 4 <= bytes.length; i += 4) {
      f.get(this.#around.frame).constant(view.getUint32(i, true));
      f.store("u32", at + i);
    }
    for (; i < bytes.length; i++) {
      f.get(this.#around.frame).constant(bytes[i]!);
      f.store("u8", at + i);
    }
  }

  /** Two stores of 16 bytes: the second one overwrites what the first one writes too much. */
  #writeAndSum({ at, bytes }: Write, sums: readonly Sum[]): void {
    const f = this.#f;
    const { frame } = this.#around;
    const window = at + bytes.length;
    const vector = f.variable("v128");
    f.get(frame).load("v128", window);
    for (const width of [8, 16, 32] as const) {
      const ofWidth = sums.filter((sum) => sum.width === width);
      if (ofWidth.length > 0) f.get(f.vectorVariable(lanes(ofWidth, window))).addVectors(width);
    }
    f.set(vector);
    const padded = new Uint8Array(vectorBytes);
    padded.set(bytes);
    f.get(frame).get(f.vectorVariable(padded)).store("v128", at);
    f.get(frame).get(vector).store("v128", window);
  }

  #condition({ operation, left, right }: Condition): wasm.WasmAssembler {
    this.#value(left);
    return this.#value(right).operate(operations[operation]);
  }

  /** Pushes the value. */
  #value(tree: Tree): wasm.WasmAssembler {
    const f = this.#f;
    if (tree.kind === "constant") return f.constant(tree.value);
    if (tree.kind === "length") return f.get(this.#around.bytes);
    if (tree.kind === "local") return f.get(this.#locals.get(tree.local)!);
    if (tree.kind === "field") {
      return f.get(this.#around.frame).load(sizes[tree.width], tree.at);
    }
    if (tree.kind === "swap") return this.#swapped(tree.width, tree.of);
    this.#value(tree.left);
    return this.#value(tree.right).operate(operations[tree.operation]);
  }

  /**
   * WebAssembly has no instruction for it. Of a half word of the frame, the bytes are loaded one by
   * one.
   */
  #swapped(width: 16 | 32, of: Tree): wasm.WasmAssembler {
    const f = this.#f;
    if (width === 16 && of.kind === "field" && of.width === 16) {
      f.get(this.#around.frame).load("u8", of.at).constant(8).operate("shiftLeft");
      return f
        .get(this.#around.frame)
        .load("u8", of.at + 1)
        .operate("or");
    }
    const value = f.variable();
    this.#value(of).set(value);
    const moved = (operation: "shiftLeft" | "shiftRight", bits: number, mask: number) =>
      f.get(value).constant(bits).operate(operation).constant(mask).operate("and");
    if (width === 16) {
      moved("shiftLeft", 8, 0xff00);
      return moved("shiftRight", 8, 0xff).operate("or");
    }
    moved("shiftLeft", 24, 0xff00_0000);
    moved("shiftLeft", 8, 0xff_0000).operate("or");
    moved("shiftRight", 8, 0xff00).operate("or");
    return moved("shiftRight", 24, 0xff).operate("or");
  }
}
