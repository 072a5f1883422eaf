/**
 * Names of a stripped library's inner functions from the static library of the same package: that
 * keeps its symbols, and is mostly compiled to the same code. A function is named where its code is
 * found, in all bytes but those that a linker fills in; so what is of another build has no name.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  type FunctionSymbol,
  isElf,
  readSections,
  readSymbols,
  type Section,
  SectionType,
  word,
} from "./elf-tables.ts";

/** Libraries that are loaded by name lie in folders below that of the others. */
const foldersUp = 3;

/** The static library that goes with a shared one, if it is installed. */
export function staticLibraryOf(shared: string, folders: readonly string[]): string | undefined {
  const name = `${basename(shared).replace(/\.so(\..*)?$/, "")}.a`;
  const own = [dirname(shared)];
  while (own.length < foldersUp) own.push(dirname(own.at(-1)!));
  return [...own, ...folders].map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Functions of less code that tells them apart are alike by chance. */
const tellingBytesMin = 8;

/** A function of an object, and where in the shared library its code is. */
interface Candidate {
  readonly symbol: FunctionSymbol;
  /** Addresses; none where its code differs. */
  readonly places: readonly number[];
}

/**
 * @param shared the stripped library, with its sections
 * @param archive the static library, ar(5)
 */
export function namesFromStatic(
  shared: Buffer,
  sections: readonly Section[],
  archive: Buffer,
): FunctionSymbol[] {
  const text = sections.filter(({ isCode }) => isCode).sort((a, b) => b.bytes - a.bytes)[0];
  if (!text) return [];
  const code = shared.subarray(text.offset, text.offset + text.bytes);
  const named = objectsOf(archive).flatMap((object) =>
    functionsBySection(object).flatMap((functions) => {
      const candidates = functions.map(({ symbol, bytes, isFilledIn }) => ({
        symbol,
        places: findCode(code, bytes, isFilledIn).map((at) => at + text.address),
      }));
      return placed(candidates);
    }),
  );
  return withoutDisputed(named);
}

/**
 * A function is where its code is found once. One that differs in a few bytes, or whose code is
 * found in several places, is between its neighbours, where both are found in their old distance.
 */
function placed(candidates: readonly Candidate[]): FunctionSymbol[] {
  const shifts = candidates.map(({ symbol, places }) =>
    places.length === 1 ? places[0]! - symbol.start : undefined,
  );
  return candidates.flatMap(({ symbol, places }, i) => {
    const between = shifts[i - 1] === shifts[i + 1] ? shifts[i - 1] : undefined;
    const shift = shifts[i] ?? between;
    if (shift === undefined) return [];
    const start = symbol.start + shift;
    if (places.length > 0 && !places.includes(start)) return [];
    return [{ ...symbol, start, end: symbol.end + shift }];
  });
}

/** Two objects can have a function of the same code: then it is not known which one this is. */
function withoutDisputed(symbols: readonly FunctionSymbol[]): FunctionSymbol[] {
  const byStart = Map.groupBy(symbols, ({ start }) => start);
  return [...byStart.values()].filter((same) => same.length === 1).map(([symbol]) => symbol!);
}

const archiveMagic = "!<arch>\n";
const headerBytes = 60;

/** ar(5): a header of text before each file, which begins at an even place. */
function objectsOf(archive: Buffer): Buffer[] {
  const objects: Buffer[] = [];
  if (archive.toString("latin1", 0, archiveMagic.length) !== archiveMagic) return objects;
  let at = archiveMagic.length;
  while (at + headerBytes <= archive.length) {
    const bytes = Number.parseInt(archive.toString("latin1", at + 48, at + 58), 10);
    const object = archive.subarray(at + headerBytes, at + headerBytes + bytes);
    if (isElf(object)) objects.push(object);
    at += headerBytes + bytes + (bytes % 2);
  }
  return objects;
}

interface FunctionCode {
  readonly symbol: FunctionSymbol;
  readonly bytes: Buffer;
  /** Of each byte, 1 where a linker fills it in. */
  readonly isFilledIn: Uint8Array;
}

/** Functions of each section of code in their order. */
function functionsBySection(object: Buffer): FunctionCode[][] {
  const sections = readSections(object);
  const symbols = readSymbols(object, sections, SectionType.symbols) ?? [];
  const sized = symbols.filter(({ start, end, section }) => {
    return end > start && sections[section]?.isCode;
  });
  return [...Map.groupBy(sized, ({ section }) => section)].map(([number, functions]) => {
    const { offset, bytes } = sections[number]!;
    const code = object.subarray(offset, offset + bytes);
    const isFilledIn = filledInOf(object, sections, number);
    return functions.map((symbol) => ({
      symbol,
      bytes: code.subarray(symbol.start, symbol.end),
      isFilledIn: isFilledIn.subarray(symbol.start, symbol.end),
    }));
  });
}

const relocationBytes = 24;
/** R_X86_64_64 and R_X86_64_PC64 */
const wide = [1, 24];
/** R_X86_64_GOTPCRELX and R_X86_64_REX_GOTPCRELX: a linker may take another instruction. */
const relaxed = [41, 42];

function filledInOf(object: Buffer, sections: readonly Section[], number: number): Uint8Array {
  const isFilledIn = new Uint8Array(sections[number]!.bytes);
  const tables = sections.filter(
    ({ type, info }) => type === SectionType.relocations && info === number,
  );
  for (const { offset, bytes } of tables) {
    for (let entry = offset; entry < offset + bytes; entry += relocationBytes) {
      const [at, type] = [word(object, entry), object.readUInt32LE(entry + 8)];
      const from = relaxed.includes(type) ? at - 2 : at;
      isFilledIn.fill(1, from, at + (wide.includes(type) ? 8 : 4));
    }
  }
  return isFilledIn;
}

/** Where in `code` the bytes are, but for those that are filled in. */
function findCode(code: Buffer, bytes: Buffer, isFilledIn: Uint8Array): number[] {
  const run = longestKept(isFilledIn);
  if (isFilledIn.filter((filled) => filled === 0).length < tellingBytesMin) return [];
  const telling = bytes.subarray(run.from, run.to);
  const places: number[] = [];
  for (let at = code.indexOf(telling); at >= 0; at = code.indexOf(telling, at + 1)) {
    const start = at - run.from;
    if (isSame(code, start, bytes, isFilledIn)) places.push(start);
  }
  return places;
}

function isSame(code: Buffer, start: number, bytes: Buffer, isFilledIn: Uint8Array): boolean {
  if (start < 0 || start + bytes.length > code.length) return false;
  return bytes.every((byte, i) => isFilledIn[i] === 1 || code[start + i] === byte);
}

/** The longest part that no linker fills in. */
function longestKept(isFilledIn: Uint8Array): { readonly from: number; readonly to: number } {
  let best = { from: 0, to: 0 };
  for (let from = 0, to = 0; to <= isFilledIn.length; to++) {
    if (to < isFilledIn.length && isFilledIn[to] === 0) continue;
    if (to - from > best.to - best.from) best = { from, to };
    from = to + 1;
  }
  return best;
}
