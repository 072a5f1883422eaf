/**
 * Listings with one mistake each: a statement left out, a number or a byte too much, a comparison
 * off by one.
 */
import type { Listing } from "../src/index.ts";

type Json = unknown;
interface Node {
  readonly [key: string]: Json;
  readonly kind?: string;
  readonly operation?: string;
  readonly at?: number;
  readonly value?: number;
  readonly body?: Json;
}

const offByOne: Record<string, string> = {
  ...{ isBelow: "isAtMost", isAtMost: "isBelow", isAbove: "isAtLeast", isAtLeast: "isAbove" },
  ...{ is: "isNot", isNot: "is" },
};

/** The other ways to say this node. */
function mistakesOf(node: Node): [what: string, wrong: Node][] {
  const { kind, value, at, operation } = node;
  if (kind === "constant") return [[`${value} and 1`, { ...node, value: value! + 1 }]];
  if (kind === "field" && at !== 0) return [[`byte ${at} less 1`, { ...node, at: at! - 1 }]];
  const other = offByOne[operation ?? ""];
  return other ? [[`${operation} as ${other}`, { ...node, operation: other }]] : [];
}

function* wrongNodes(node: Json, path: string): Generator<[what: string, wrong: Json]> {
  if (typeof node !== "object" || node === null || node instanceof Uint8Array) return;
  if (Array.isArray(node)) {
    for (const [i, one] of node.entries()) {
      const here = `${path} ${i}`;
      if (isWhole(one)) yield [`without ${one.kind}${here}`, node.toSpliced(i, 1)];
      for (const [what, wrong] of wrongNodes(one, here)) yield [what, node.with(i, wrong)];
    }
    return;
  }
  for (const [what, wrong] of mistakesOf(node as Node)) yield [`${what}${path}`, wrong];
  for (const [key, one] of Object.entries(node)) {
    // Behind the conditions of what is common stand the same checks again: a mistake there may
    // change nothing.
    if (key === "all" && isUnless(node as Node)) continue;
    for (const [what, wrong] of wrongNodes(one, path)) yield [what, { ...node, [key]: wrong }];
  }
}

/** A statement that nothing refers to. */
const isWhole = (node: Json): node is Node =>
  typeof node === "object" && node !== null && "line" in node && (node as Node).kind !== "let";
const isUnless = ({ body }: Node) => Array.isArray(body) && body.length === 0;

export function wrongListings(listing: Listing): [what: string, listing: Listing][] {
  return [...wrongNodes(listing.statements, "")].map(([what, statements]) => [
    what,
    { ...listing, statements: statements as Listing["statements"] },
  ]);
}
