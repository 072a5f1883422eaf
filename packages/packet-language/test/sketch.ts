/**
 * Programs as plain data, for property tests: what a listing says, said without the language. An
 * interpreter runs a sketch byte by byte; `listingOf` writes the same in the language. The two
 * share no code.
 */
import {
  type Condition,
  type Frame,
  type Listing,
  newListing,
  type Program,
  type Value,
} from "../src/index.ts";

export const fieldBytes = { u8: 1, u16: 2, u32: 4, raw16: 2, raw32: 4 } as const;
export type FieldKind = keyof typeof fieldBytes;
export const operations = ["plus", "minus", "and", "or", "shiftLeft", "shiftRight"] as const;
export const comparisons = ["is", "isNot", "isBelow", "isAbove", "isAtLeast", "isAtMost"] as const;

export type FieldSketch = { readonly kind: FieldKind; readonly at: number };
export type Expression =
  | FieldSketch
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "length" }
  /** The value of the let that stands so many lets before, counted round those that can be seen. */
  | { readonly kind: "local"; readonly back: number }
  | {
      readonly kind: (typeof operations)[number];
      readonly left: Expression;
      readonly right: Expression;
    };
export interface Question {
  readonly comparison: (typeof comparisons)[number];
  readonly left: Expression;
  readonly right: Expression;
}
export type Step =
  | { readonly step: "atLeast"; readonly bytes: number; readonly reason: number }
  | { readonly step: "drop"; readonly reason: number; readonly whenAny: readonly Question[] }
  | { readonly step: "count"; readonly counter: number }
  | { readonly step: "let"; readonly value: Expression }
  | { readonly step: "set"; readonly field: FieldSketch; readonly value: Expression }
  | { readonly step: "add"; readonly field: FieldSketch; readonly by: number }
  | { readonly step: "write"; readonly at: number; readonly bytes: Uint8Array }
  | {
      readonly step: "if";
      readonly all: readonly Question[];
      readonly body: readonly Step[];
      readonly otherwise: readonly Step[];
    };

export const reasons = ["first", "second", "third"] as const;
export const counters = ["odd", "even"] as const;
type P = Program<(typeof reasons)[number], (typeof counters)[number]>;

export interface Result {
  readonly forwarded: boolean;
  readonly frame: Uint8Array;
}
/** What became of some frames, and the counts: reasons, then counters. */
export interface Outcome {
  readonly results: readonly Result[];
  readonly counts: readonly number[];
}

/** The least that the frame has at the end of the steps, given what it has at their beginning. */
function guaranteedBehind(steps: readonly Step[], guaranteed: number): number {
  let least = guaranteed;
  for (const step of steps) {
    if (step.step === "atLeast") least = Math.max(least, step.bytes);
    if (step.step !== "if") continue;
    const ways = [step.body, step.otherwise].map((way) => guaranteedBehind(way, least));
    least = Math.min(...ways);
  }
  return least;
}

/**
 * The same steps, such that the language takes them: fields within what the frame has, expressions
 * of three registers at most, no local where a program has none.
 */
export function fitting(steps: readonly Step[], guaranteed = 0, locals = 0): Step[] {
  let least = guaranteed;
  let lets = locals;
  const inside = <Sketch extends FieldSketch>(field: Sketch): Sketch => ({
    ...field,
    at: field.at % (least - fieldBytes[field.kind] + 1),
  });
  /** @param leading whether it begins an expression, where the language has no constants */
  const fit = (expression: Expression, free: number, leading: boolean): Expression => {
    if ("left" in expression) {
      const { kind, left, right } = expression;
      const fitted = { kind, left: fit(left, free, true) };
      if (!kind.startsWith("shift")) {
        const none: Expression = { kind: "constant", value: 0x1ff };
        return { ...fitted, right: free > 1 ? fit(right, free - 1, false) : none };
      }
      const bits = right.kind === "constant" ? right.value % 32 : 7;
      return { ...fitted, right: { kind: "constant", value: bits } };
    }
    if (expression.kind === "constant") return leading ? { kind: "length" } : expression;
    if (expression.kind === "local") return lets > 0 ? expression : { kind: "length" };
    return expression.kind === "length" ? expression : inside(expression);
  };
  const ask = (question: Question): Question => ({
    ...question,
    left: fit(question.left, 3, true),
    right: fit(question.right, 2, false),
  });
  return steps.map((step): Step => {
    switch (step.step) {
      case "atLeast":
        least = Math.max(least, step.bytes);
        return step;
      case "drop":
        return { ...step, whenAny: step.whenAny.map(ask) };
      case "let": {
        const value = fit(step.value, 3, true);
        lets++;
        return { ...step, value };
      }
      case "set":
        return { ...step, field: inside(step.field), value: fit(step.value, 3, true) };
      case "add":
        return { ...step, field: inside(step.field) };
      case "write": {
        const bytes = step.bytes.subarray(0, least);
        return { ...step, bytes, at: step.at % (least - bytes.length + 1) };
      }
      case "if": {
        const fitted = {
          ...step,
          all: step.all.map(ask),
          body: fitting(step.body, least, lets),
          otherwise: fitting(step.otherwise, least, lets),
        };
        least = guaranteedBehind([step], least);
        return fitted;
      }
      default:
        return step;
    }
  });
}

/** The steps in the language. */
export function listingOf(steps: readonly Step[]): Listing {
  const about = { name: "sketch", reasons, counters, tagged: "first" } as const;
  return newListing(about, (p, frame) => write(p, frame, steps, []));
}

function write(p: P, frame: Frame, steps: readonly Step[], outer: readonly Value[]): void {
  const lets = [...outer];
  const build = (expression: Expression): Value => {
    if ("left" in expression) {
      const { kind, left, right } = expression;
      const operand = right.kind === "constant" ? right.value : build(right);
      return build(left)[kind](operand as number);
    }
    if (expression.kind === "length") return frame.bytes;
    if (expression.kind === "local") return lets.at(-1 - (expression.back % lets.length))!;
    if (expression.kind === "constant") throw new Error("a constant stands on the right only");
    return frame[expression.kind](expression.at);
  };
  const ask = ({ comparison, left, right }: Question): Condition =>
    build(left)[comparison](right.kind === "constant" ? right.value : build(right));
  for (const step of steps) {
    if (step.step === "atLeast") p.atLeast(step.bytes, reasons[step.reason]!);
    else if (step.step === "drop") p.drop(reasons[step.reason]!, ...step.whenAny.map(ask));
    else if (step.step === "count") p.count(counters[step.counter]!);
    else if (step.step === "let") lets.push(p.let(build(step.value)));
    else if (step.step === "set") p.set(frame[step.field.kind](step.field.at), build(step.value));
    else if (step.step === "add") p.add(frame[step.field.kind](step.field.at), step.by);
    else if (step.step === "write") p.write(step.at, step.bytes);
    else {
      const nested = (way: readonly Step[]) => () => write(p, frame, way, lets);
      p.if(step.all.map(ask), nested(step.body), nested(step.otherwise));
    }
  }
}
