/**
 * What a listing is made of, as data: expressions, conditions and statements. Both compilers read
 * it.
 *
 * All values are unsigned and 32 bits wide; arithmetic is modulo 2^32.
 */
import type { Line } from "./line.ts";

export type Width = 8 | 16 | 32;
export type Operation = "plus" | "minus" | "and" | "or" | "shiftLeft" | "shiftRight";
export type Comparison = "is" | "isNot" | "isBelow" | "isAbove" | "isAtLeast" | "isAtMost";

export const opposite = {
  ...({ is: "isNot", isBelow: "isAtLeast", isAbove: "isAtMost" } as const),
  ...({ isNot: "is", isAtLeast: "isBelow", isAtMost: "isAbove" } as const),
} satisfies Record<Comparison, Comparison>;

export type Tree = Constant | Length | Local | Field | Swap | Binary<Operation>;
type Constant = { readonly kind: "constant"; readonly value: number };
/** How many bytes the frame has. */
type Length = { readonly kind: "length" };
/** What a `let` names; numbered from 0 within the listing. */
export type Local = { readonly kind: "local"; readonly local: number };
/** Bytes of the frame as a little-endian number. */
export interface Field {
  readonly kind: "field";
  readonly width: Width;
  readonly at: number;
  /** How many writes to the frame the listing had when this field was named. */
  readonly writesBefore: number;
}
/** The lowest `width` bits, their bytes in the opposite order; an operand has no higher bits. */
type Swap = { readonly kind: "swap"; readonly width: 16 | 32; readonly of: Tree };
interface Binary<Of> {
  readonly kind: "binary";
  readonly operation: Of;
  readonly left: Tree;
  readonly right: Tree;
}
export type Condition = Binary<Comparison>;

/** Each with its line of the listing. Reasons and counters are indices. */
export type Statement = { readonly line: Line } & (
  | { readonly kind: "atLeast"; readonly bytes: number; readonly reason: number }
  | { readonly kind: "drop"; readonly reason: number; readonly when: Condition | undefined }
  | { readonly kind: "count"; readonly counter: number }
  | { readonly kind: "let"; readonly local: Local; readonly value: Tree }
  | { readonly kind: "store"; readonly field: Field; readonly value: Tree }
  | Write
  | If
);
export interface Write {
  readonly kind: "write";
  readonly at: number;
  readonly bytes: Uint8Array;
  /** How many bytes the frame is known to have here. */
  readonly guaranteed: number;
}
/** Conditions are asked in their order; the first that does not hold leads to `otherwise`. */
export interface If {
  readonly kind: "if";
  readonly all: readonly Condition[];
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

/** What both compilers take. A frame that reaches the end of the statements is forwarded. */
export interface Listing {
  readonly name: string;
  readonly reasons: readonly string[];
  readonly counters: readonly string[];
  /** Reason to drop a frame whose VLAN tag is not among its bytes, where that matters. */
  readonly tagged: number | undefined;
  readonly statements: readonly Statement[];
}

/** @param macs twelve bytes: the next hop's MAC, the egress port's MAC */
export type MakeListing = (macs: Uint8Array) => Listing;

type Node = Tree | Condition | Statement;

/** Every node of a kind within some statements or expressions. */
export function* nodesOf<Kind extends Node["kind"]>(
  kind: Kind,
  within: unknown,
): Generator<Extract<Node, { kind: Kind }>> {
  if (typeof within !== "object" || within === null || within instanceof Uint8Array) return;
  if ("kind" in within && within.kind === kind) yield within as Extract<Node, { kind: Kind }>;
  for (const part of Object.values(within)) yield* nodesOf(kind, part);
}

/** The lowest `width` bits of a constant, their bytes in the opposite order. */
function swapConstant(width: 16 | 32, value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value);
  return width === 32 ? bytes.getUint32(0, true) : bytes.getUint16(2, true);
}

/** Swaps a constant here and now; two swaps of the same bytes cancel. */
export function swap(width: 16 | 32, of: Tree): Tree {
  if (of.kind === "constant") return { kind: "constant", value: swapConstant(width, of.value) };
  return of.kind === "swap" && of.width === width ? of.of : { kind: "swap", width, of };
}

/**
 * Rather swaps a constant than a field: frame.u16(12).is(0x0800) compares what it loads with
 * 0x0008.
 */
export function operate(operation: Operation, left: Tree, right: Tree): Tree {
  const bitwise = operation === "and" || operation === "or";
  if (!bitwise || !canSwap(left, right)) return { kind: "binary", operation, left, right };
  const { width, of } = left;
  return swap(width, { kind: "binary", operation, left: of, right: swap(width, right) });
}
export function compare(operation: Comparison, left: Tree, right: Tree): Condition {
  const equality = operation === "is" || operation === "isNot";
  if (!equality || !canSwap(left, right)) return { kind: "binary", operation, left, right };
  return { kind: "binary", operation, left: left.of, right: swap(left.width, right) };
}
function canSwap(left: Tree, right: Tree): left is Swap {
  return left.kind === "swap" && right.kind === "constant" && right.value < 2 ** left.width;
}
