/**
 * A listing as a JavaScript function over the columns of a batch, for frames that lie outside of
 * the memory that WebAssembly reaches. It reads and writes 32-bit words, since V8 checks the bounds
 * of each access: a frame begins at a multiple of 4 (batch.ts of the contract).
 */
import type { Batch } from "@iopath/contract";
import {
  type Comparison,
  type Condition,
  type Listing,
  nodesOf,
  type Operation,
  type Statement,
  type Tree,
  type Width,
} from "../tree.ts";

export interface BurstParts {
  /** The path's memory. */
  readonly words: Int32Array;
  readonly batch: Batch;
  /** One per reason, then one per counter of the listing. */
  readonly counts: Uint32Array;
}

const operators = {
  ...{ plus: "+", minus: "-", and: "&", or: "|", shiftLeft: "<<", shiftRight: ">>>" },
  ...{ is: "===", isNot: "!==", isBelow: "<", isAbove: ">", isAtLeast: ">=", isAtMost: "<=" },
} satisfies Record<Operation | Comparison, string>;

/** Equal texts are compiled once, and V8 takes nothing for a constant in code that is shared. */
let copies = 0;

/** @returns does the batch's frames; a dropped one gets length 0 */
export function javascriptBurst(listing: Listing, { words, batch, counts }: BurstParts) {
  const locals = [...nodesOf("let", listing.statements)].map(
    ({ local }) => `, v${local.local} = 0`,
  );
  const text = `"use strict"; // ${listing.name}, copy ${++copies}
    return () => {
      const { count } = batch;
      for (let i = 0; i < count; i++) {
        const at = offset[i] >>> 2, bytes = length[i];
        let reason = 0${locals.join("")};
        dropped: {
          ${sequence(listing.statements, listing.reasons.length)}
          continue;
        }
        counts[reason]++;
        length[i] = 0;
      }
    };`;
  const make = new Function("words", "batch", "offset", "length", "counts", text);
  return make(words, batch, batch.offset, batch.length, counts) as () => void;
}

function sequence(statements: readonly Statement[], firstCounter: number): string {
  const nested = (inner: readonly Statement[]) => `{ ${sequence(inner, firstCounter)} }`;
  const lines = statements.map((one) => {
    const drop = (condition: string) => `if (${condition}) { reason = ${reason}; break dropped; }`;
    const reason = "reason" in one ? one.reason : 0;
    switch (one.kind) {
      case "atLeast":
        return drop(`bytes < ${one.bytes}`);
      case "drop":
        return drop(one.when ? condition(one.when) : "true");
      case "count":
        return `counts[${firstCounter + one.counter}]++;`;
      case "let":
        return `v${one.local.local} = ${value(one.value)};`;
      case "store":
        return store(one.field.width, one.field.at, value(one.value));
      case "write":
        return constantBytes(one.at, one.bytes);
      case "if":
        return `if (${one.all.map(condition).join(" && ")}) ${nested(one.body)}
          else ${nested(one.otherwise)}`;
      default:
        throw new Error(`no JavaScript for ${(one satisfies never as Statement).kind}`);
    }
  });
  return lines.join("\n");
}

const condition = ({ operation, left, right }: Condition) =>
  `${value(left)} ${operators[operation]} ${value(right)}`;

/** An expression whose value is never negative. */
function value(tree: Tree): string {
  if (tree.kind === "constant") return `${tree.value >>> 0}`;
  if (tree.kind === "length") return "bytes";
  if (tree.kind === "local") return `v${tree.local}`;
  if (tree.kind === "field") return load(tree.width, tree.at);
  if (tree.kind === "swap") return swapped(tree.width, value(tree.of));
  return `((${value(tree.left)} ${operators[tree.operation]} ${value(tree.right)}) >>> 0)`;
}

function swapped(width: 16 | 32, of: string): string {
  if (width === 16) return `(((${of} & 0xff) << 8) | ((${of} >>> 8) & 0xff))`;
  const outer = `(${of} << 24) | (${of} >>> 24)`;
  return `((${outer} | ((${of} & 0xff00) << 8) | ((${of} >>> 8) & 0xff00)) >>> 0)`;
}

const wordAt = (at: number) => `words[at + ${at >> 2}]`;
const maskOf = (width: Width) => 2 ** width - 1;

function load(width: Width, at: number): string {
  const shift = (at & 3) * 8;
  const low = shift === 0 ? wordAt(at) : `${wordAt(at)} >>> ${shift}`;
  const crosses = shift + width > 32;
  const all = crosses ? `${low} | ${wordAt(at + 4)} << ${32 - shift}` : low;
  return width === 32 ? `((${all}) >>> 0)` : `((${all}) & ${maskOf(width)})`;
}

function store(width: Width, at: number, of: string): string {
  const shift = (at & 3) * 8;
  if (width === 32 && shift === 0) return `${wordAt(at)} = ${of};`;
  const into = (place: number, mask: number, bits: string) =>
    `${wordAt(place)} = ${wordAt(place)} & ${~mask} | ${bits} & ${mask | 0};`;
  const low = into(at, maskOf(width) << shift, `stored << ${shift}`);
  const high = into(at + 4, maskOf(width) >>> (32 - shift), `stored >>> ${32 - shift}`);
  const crosses = shift + width > 32;
  return `{ const stored = ${of}; ${low} ${crosses ? high : ""} }`;
}

/** As words where four bytes are one. */
function constantBytes(at: number, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stores: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    const isWord = (at + i) % 4 === 0 && i + 4 <= bytes.length;
    const of = isWord ? view.getInt32(i, true) : bytes[i]!;
    stores.push(store(isWord ? 32 : 8, at + i, `${of}`));
    i += isWord ? 4 : 1;
  }
  return stores.join(" ");
}
