/**
 * What V8 compiled into a function beside the function itself, from V8's log (`--log-code
 * --log-source-position`): of each place in the code, the functions that were inlined there.
 */
import type { Frame } from "../profile.ts";
import { frameOf } from "./compiled.ts";
import { lastAtOrBefore } from "./search.ts";

/** From an offset in the code on: the inlining that it is of, undefined for the function itself. */
interface Position {
  readonly start: number;
  readonly inlining: number | undefined;
}

/** What was inlined, and the inlining in which that was done. */
interface Inlining {
  /** Undefined of a function that the log has no line of. */
  readonly name: string | undefined;
  readonly parent: number | undefined;
}

interface Code {
  readonly start: number;
  readonly bytes: number;
  /** V8's letter for what made it. */
  readonly tier: string;
  readonly positions: readonly Position[];
  readonly inlinings: readonly Inlining[];
}

export class InlinedCode {
  readonly #codes: readonly Code[];

  constructor(log: string) {
    this.#codes = parse(log);
  }

  /** Outermost first, without the function that they were compiled into. */
  functionsAt(address: number): readonly Frame[] {
    const code = lastAtOrBefore(this.#codes, address);
    if (!code || address >= code.start + code.bytes) return [];
    const frames: Frame[] = [];
    let at = lastAtOrBefore(code.positions, address - code.start)?.inlining;
    while (at !== undefined) {
      const { name, parent } = code.inlinings[at]!;
      if (name !== undefined) frames.unshift(frameOf(`JS:${code.tier}${name}`));
      at = parent;
    }
    return frames;
  }
}

/**
 * Lines of interest, as V8 writes them (src/logging/log.cc):
 *
 *     code-creation,JS,13,TIME,0xCODE,BYTES,NAME FILE:LINE:COLUMN,0xFUNCTION,TIER
 *     code-source-info,0xCODE,SCRIPT,START,END,C0O20C26O58I0,F0O174,S0xFUNCTION
 *     sfi-move,0xFROM,0xTO
 *
 * Of places: C is the offset in the code, O that in the script, I the inlining. Of inlinings: F is
 * what was inlined, by its place among the functions S, O where, I in which other inlining.
 */
function parse(log: string): Code[] {
  const names = new Map<string, string>();
  const codes = new Map<number, Code>();
  let made = { bytes: 0, tier: "" };
  for (const line of log.split("\n")) {
    const [what, ...fields] = line.split(",");
    if (what === "sfi-move") {
      const [from, to] = fields as [string, string];
      const name = names.get(from);
      if (name !== undefined) names.set(to, name);
    } else if (what === "code-creation") {
      const [, , , at, bytes, name, id, tier] = fields.map(unescaped);
      codes.delete(Number(at)); // code can lie where other code was
      if (id !== undefined) names.set(id, name!);
      made = { bytes: Number(bytes), tier: tier ?? "" };
    } else if (what === "code-source-info") {
      const [at, , , , positions, inlinings, functions] = fields as string[];
      if (!functions) continue;
      const ids = functions.split("S").slice(1);
      codes.set(Number(at), {
        ...{ start: Number(at), bytes: made.bytes, tier: made.tier },
        positions: parsePositions(positions!),
        inlinings: parseInlinings(inlinings!, (index) => names.get(ids[index]!)),
      });
    }
  }
  return [...codes.values()].sort((a, b) => a.start - b.start);
}

function parsePositions(text: string): Position[] {
  return [...text.matchAll(/C(\d+)O\d+(?:I(\d+))?/g)].map(([, start, inlining]) => {
    return { start: Number(start), inlining: numberOf(inlining) };
  });
}

function parseInlinings(text: string, nameOf: (index: number) => string | undefined): Inlining[] {
  return [...text.matchAll(/F(\d+)O\d+(?:I(\d+))?/g)].map(([, index, parent]) => {
    return { name: nameOf(Number(index)), parent: numberOf(parent) };
  });
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** Commas are written as "\x2C", and so is what else would end a field or a line. */
function unescaped(field: string): string {
  return field.replace(/\\x([0-9A-F]{2})/gi, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
