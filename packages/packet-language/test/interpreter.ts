/** Runs sketches of programs, one byte at a time, to judge the compilers by. */
import {
  counters,
  type Expression,
  type FieldSketch,
  fieldBytes,
  type Outcome,
  type Question,
  reasons,
  type Step,
} from "./sketch.ts";

export function interpret(steps: readonly Step[], frames: readonly Uint8Array[]): Outcome {
  const counts = [...reasons, ...counters].map(() => 0);
  const results = frames.map((bytes) => {
    const frame = Uint8Array.from(bytes);
    const reason = run(steps, { frame, lets: [], counts });
    if (reason !== undefined) counts[reason]!++;
    return { forwarded: reason === undefined, frame };
  });
  return { results, counts };
}

interface Machine {
  readonly frame: Uint8Array;
  readonly lets: readonly number[];
  readonly counts: number[];
}

/** @returns the index of the reason to drop the frame, or undefined */
function run(steps: readonly Step[], { frame, lets: outer, counts }: Machine): number | undefined {
  const lets = [...outer];
  const value = (expression: Expression) => evaluate(expression, frame, lets);
  const holds = ({ comparison, left, right }: Question) => {
    const [a, b] = [value(left), value(right)];
    if (comparison === "is") return a === b;
    if (comparison === "isNot") return a !== b;
    if (comparison === "isBelow") return a < b;
    if (comparison === "isAbove") return a > b;
    return comparison === "isAtLeast" ? a >= b : a <= b;
  };
  for (const step of steps) {
    if (step.step === "atLeast" && frame.length < step.bytes) return step.reason;
    if (step.step === "drop") {
      if (step.whenAny.length === 0 || step.whenAny.some(holds)) return step.reason;
    } else if (step.step === "count") {
      counts[reasons.length + step.counter]!++;
    } else if (step.step === "let") {
      lets.push(value(step.value));
    } else if (step.step === "set") {
      writeField(frame, step.field, value(step.value));
    } else if (step.step === "add") {
      writeField(frame, step.field, readField(frame, step.field) + step.by);
    } else if (step.step === "write") {
      frame.set(step.bytes, step.at);
    } else if (step.step === "if") {
      const way = step.all.every(holds) ? step.body : step.otherwise;
      const reason = run(way, { frame, lets, counts });
      if (reason !== undefined) return reason;
    }
  }
  return undefined;
}

function evaluate(expression: Expression, frame: Uint8Array, lets: readonly number[]): number {
  if ("left" in expression) {
    const a = BigInt(evaluate(expression.left, frame, lets));
    const b = BigInt(evaluate(expression.right, frame, lets));
    const exact = {
      plus: a + b,
      minus: a - b,
      and: a & b,
      or: a | b,
      shiftLeft: a << (b & 31n),
      shiftRight: a >> (b & 31n),
    }[expression.kind];
    return Number(BigInt.asUintN(32, exact));
  }
  if (expression.kind === "constant") return expression.value;
  if (expression.kind === "length") return frame.length;
  if (expression.kind === "local") return lets.at(-1 - (expression.back % lets.length))!;
  return readField(frame, expression);
}

/** The bytes of a field, the most significant first. */
function bytesOf({ kind, at }: FieldSketch): number[] {
  const bytes = Array.from({ length: fieldBytes[kind] }, (_, i) => at + i);
  return kind.startsWith("raw") ? bytes.reverse() : bytes;
}
function readField(frame: Uint8Array, field: FieldSketch): number {
  return bytesOf(field).reduce((value, at) => value * 256 + frame[at]!, 0);
}
function writeField(frame: Uint8Array, field: FieldSketch, value: number): void {
  let rest = BigInt(value);
  for (const at of bytesOf(field).reverse()) {
    frame[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}
