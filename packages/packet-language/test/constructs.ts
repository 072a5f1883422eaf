/** Random sketches: of each construct of the language by itself, and of all together. */
import fc from "fast-check";
import {
  comparisons,
  counters,
  type Expression,
  type FieldKind,
  type FieldSketch,
  fieldBytes,
  fitting,
  operations,
  type Question,
  reasons,
  type Step,
} from "./sketch.ts";

const kinds = Object.keys(fieldBytes) as FieldKind[];
/** Few values, so that comparisons hold often; the largest and those of the sign among them. */
const byte = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff);
const word = fc.tuple(byte, byte, byte, byte).map((bytes) => {
  return new DataView(Uint8Array.from(bytes).buffer).getUint32(0);
});
const value = fc.oneof(byte, word, fc.nat(0xffff), fc.constantFrom(20, 34, 0xffff, 0x1_0000));
const fieldOf = (kind: fc.Arbitrary<FieldKind>): fc.Arbitrary<FieldSketch> =>
  fc.record({ kind, at: fc.nat(60) });
const field = fieldOf(fc.constantFrom(...kinds));
const constant: fc.Arbitrary<Expression> = value.map((number) => ({
  kind: "constant",
  value: number,
}));
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  { arbitrary: field, weight: 4 },
  { arbitrary: constant, weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("local" as const), back: fc.nat(8) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant("length" as const) }), weight: 1 },
);
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      kind: fc.constantFrom(...operations),
      left: tie("expression"),
      right: tie("expression"),
    }),
  ),
}));
/** Half of them between a byte and a byte, which are often equal. */
const ask = (comparison: fc.Arbitrary<Question["comparison"]>): fc.Arbitrary<Question> => {
  const octet = fieldOf(fc.constant("u8"));
  const sameByte = byte.map((number): Expression => ({ kind: "constant", value: number }));
  const any = fc.oneof(leaf, expression);
  return fc.oneof(
    fc.record({ comparison, left: octet, right: fc.oneof(octet, sameByte) }),
    fc.record({ comparison, left: any, right: any }),
  );
};
const question = ask(fc.constantFrom(...comparisons));
const reason = fc.nat(reasons.length - 1);

/** A step of each kind by itself. */
const simple = {
  atLeast: fc.record({
    step: fc.constant("atLeast" as const),
    bytes: fc.integer({ min: 1, max: 90 }),
    reason,
  }),
  drop: fc.record({
    step: fc.constant("drop" as const),
    reason,
    whenAny: fc.array(question, { minLength: 1, maxLength: 3 }),
  }),
  count: fc.record({ step: fc.constant("count" as const), counter: fc.nat(counters.length - 1) }),
  let: fc.record({ step: fc.constant("let" as const), value: expression }),
  set: fc.record({ step: fc.constant("set" as const), field, value: expression }),
  add: fc.record({
    step: fc.constant("add" as const),
    field,
    by: fc.oneof(fc.constantFrom(-1, 1, -0x1_0000), fc.integer({ min: -(2 ** 31) })),
  }),
  write: fc.record({
    step: fc.constant("write" as const),
    at: fc.nat(60),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
  }),
} satisfies Record<string, fc.Arbitrary<Step>>;

const anySimple = fc.oneof(...Object.values(simple));
const always: Step = { step: "drop", reason: 2, whenAny: [] };
const { any } = fc.letrec<{ any: Step }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    anySimple,
    fc
      .record({
        step: fc.constant("if" as const),
        all: fc.array(question, { minLength: 1, maxLength: 3 }),
        body: fc.array(tie("any"), { maxLength: 4 }),
        otherwise: fc.array(tie("any"), { maxLength: 4 }),
        dropping: fc.constantFrom("neither", "body", "otherwise"),
      })
      .map(({ dropping, ...step }) => ({
        ...step,
        body: dropping === "body" ? [...step.body, always] : step.body,
        otherwise: dropping === "otherwise" ? [...step.otherwise, always] : step.otherwise,
      })),
  ),
}));

/** Begins as every listing does. */
const program = (steps: fc.Arbitrary<Step[]>, least = fc.integer({ min: 14, max: 64 })) =>
  fc.record({ bytes: least, steps }).map(({ bytes, steps }) => {
    const first: Step = { step: "atLeast", bytes, reason: 0 };
    return fitting([first, ...steps]);
  });
const some = (step: fc.Arbitrary<Step>) => fc.array(step, { minLength: 1, maxLength: 6 });
const keep = (value: Expression, at = 0): Step => ({
  step: "set",
  field: { kind: "u32", at },
  value,
});
/** An expression, and where its value goes. */
const kept = (expressions: fc.Arbitrary<Expression>) =>
  program(fc.tuple(expressions, fc.nat(10)).map(([one, at]) => [keep(one, at)]));

/** Programs by the construct that they try. */
export const constructs: Readonly<Record<string, fc.Arbitrary<Step[]>>> = {
  ...Object.fromEntries(kinds.map((kind) => [`field ${kind}`, kept(fieldOf(fc.constant(kind)))])),
  "frame.bytes": kept(fc.record({ kind: fc.constant("length" as const) })),
  ...Object.fromEntries(
    operations.map((kind) => [
      kind,
      kept(fc.record({ kind: fc.constant(kind), left: field, right: fc.oneof(field, constant) })),
    ]),
  ),
  ...Object.fromEntries(
    comparisons.map((comparison) => {
      const questions = fc.array(ask(fc.constant(comparison)), { minLength: 1, maxLength: 3 });
      const drop = questions.map((whenAny): Step[] => [{ step: "drop", reason: 1, whenAny }]);
      return [comparison, program(drop)];
    }),
  ),
  ...Object.fromEntries(
    Object.entries(simple).map(([name, step]) => [name, program(some(step as fc.Arbitrary<Step>))]),
  ),
  // Which eBPF has an instruction for.
  "bits of a mask": program(
    fc
      .record({ comparison: fc.constantFrom("is", "isNot"), left: field, mask: constant })
      .map(({ comparison, left, mask }): Step[] => {
        const all = [
          {
            comparison,
            left: { kind: "and" as const, left, right: mask },
            right: { kind: "constant" as const, value: 0 },
          },
        ];
        return [{ step: "if", all, body: [], otherwise: [always] }];
      }),
  ),
  "many lets": program(
    fc
      .array(expression, { minLength: 4, maxLength: 12 })
      .map((values) => [
        ...values.map((one): Step => ({ step: "let", value: one })),
        ...values.map((_, back) => keep({ kind: "local", back }, back)),
      ]),
  ),
  // Close behind the write, where the additions may become lanes of one vector.
  "write and add": program(
    fc
      .record({
        at: fc.nat(8),
        // Else most would be far shorter than a vector.
        bytes: fc
          .integer({ min: 1, max: 18 })
          .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
        adds: fc.array(
          fc.record({
            kind: fc.constantFrom<FieldKind>("u8", "u8", "raw16", "raw16", "raw32", "u16"),
            behind: fc.nat(17),
            by: fc.constantFrom(-1, 1, -0x1_0000, 0xffff),
          }),
          { minLength: 1, maxLength: 5 },
        ),
      })
      .map(({ at, bytes, adds }): Step[] => [
        { step: "write", at, bytes },
        ...adds.map(({ kind, behind, by }): Step => {
          return { step: "add", field: { kind, at: at + bytes.length + behind }, by };
        }),
      ]),
    fc.integer({ min: 48, max: 64 }),
  ),
  "if and unless": program(
    fc
      .tuple(fc.array(question, { minLength: 1, maxLength: 3 }), some(anySimple), some(anySimple))
      .chain(([all, body, rest]) =>
        fc.constantFrom<Step[]>(
          [{ step: "if", all, body, otherwise: [] }, ...rest],
          [{ step: "if", all, body: [], otherwise: body }, ...rest],
          [{ step: "if", all, body, otherwise: rest }],
          [{ step: "if", all, body: [always], otherwise: rest }],
        ),
      ),
  ),
  "all together": program(fc.array(any, { minLength: 1, maxLength: 10 })),
};

/**
 * Frames of few byte values, most of them as long as a listing asks. @param bytesMin of the
 * shortest
 */
export const framesFrom = (bytesMin: number) => {
  const bytes = (minLength: number) =>
    fc.array(byte, { minLength, maxLength: 100 }).map((all) => Uint8Array.from(all));
  const long = { arbitrary: bytes(64), weight: 3 };
  const any = fc.uint8Array({ minLength: bytesMin, maxLength: 100 });
  return fc.array(fc.oneof(long, bytes(bytesMin), any), { minLength: 1, maxLength: 20 });
};
