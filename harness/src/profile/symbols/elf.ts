/** Functions of an ELF file by where they lie in it; elf(5), 64 bits, little-endian. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FunctionSymbol,
  isElf,
  readSections,
  readSymbols,
  type Section,
  SectionType,
  word,
} from "./elf-tables.ts";
import { lastAtOrBefore } from "./search.ts";
import { namesFromStatic, staticLibraryOf } from "./static-library.ts";

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

const PT_LOAD = 1;
/** Of a note whose owner is "GNU". */
const NT_GNU_BUILD_ID = 3;

/** Where names are that a stripped file has not. */
interface NameSources {
  /** Where packages of debug symbols lay them down, by the build's id (Debian's `-dbgsym`). */
  readonly debugFolder?: string;
  /** Further folders of static libraries; the file's own and those above it are looked at first. */
  readonly staticFolders?: readonly string[];
}

const debugFolderUsual = "/usr/lib/debug/.build-id";

export class ElfFile {
  readonly #segments: readonly Segment[];
  readonly #symbols: readonly FunctionSymbol[];

  /**
   * Symbols are those of `.symtab`; of a stripped file those of its debug symbols, where they are
   * installed, else those of `.dynsym` (what other files may call), and of functions whose code is
   * that of a function in the static library beside it.
   */
  constructor(path: string, sources: NameSources = {}) {
    const file = readFileSync(path);
    this.#segments = isElf(file) ? readSegments(file) : [];
    this.#symbols = isElf(file) ? symbolsOf(path, file, sources) : [];
  }

  /** @param offset in the file; undefined where no function that has a name lies */
  nameAt(offset: number): string | undefined {
    const address = this.#addressOf(offset);
    const symbol = lastAtOrBefore(this.#symbols, address);
    if (!symbol) return undefined;
    // Of code in assembler the size is not always said.
    return address < symbol.end || symbol.end === symbol.start ? symbol.name : undefined;
  }

  #addressOf(offset: number): number {
    const segment = this.#segments.find(
      (one) => offset >= one.offset && offset < one.offset + one.bytes,
    );
    return segment ? offset - segment.offset + segment.address : offset;
  }
}

function readSegments(file: Buffer): Segment[] {
  const [first, bytes, count] = [word(file, 32), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => first + i * bytes)
    .filter((at) => file.readUInt32LE(at) === PT_LOAD)
    .map((at) => ({
      offset: word(file, at + 8),
      address: word(file, at + 16),
      bytes: word(file, at + 32),
    }));
}

function symbolsOf(path: string, file: Buffer, sources: NameSources): FunctionSymbol[] {
  const { debugFolder = debugFolderUsual, staticFolders = [] } = sources;
  const sections = readSections(file);
  const debug = debugFileOf(file, sections, debugFolder);
  const all =
    readSymbols(file, sections, SectionType.symbols) ??
    (debug && readSymbols(debug, readSections(debug), SectionType.symbols));
  if (all) return all.filter(({ start }) => start !== 0);
  const exported = readSymbols(file, sections, SectionType.dynamicSymbols) ?? [];
  const library = staticLibraryOf(path, staticFolders);
  const inner = library ? namesFromStatic(file, sections, readFileSync(library)) : [];
  const known = new Set(exported.map(({ start }) => start));
  return [...exported, ...inner.filter(({ start }) => !known.has(start))].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  );
}

/** The file of debug symbols that belongs to this build, if it is installed. */
function debugFileOf(file: Buffer, sections: readonly Section[], folder: string) {
  const id = sections
    .filter(({ type }) => type === SectionType.note)
    .map(({ offset }) => buildIdAt(file, offset))
    .find((found) => found !== undefined);
  if (id === undefined) return undefined;
  const path = join(folder, id.slice(0, 2), `${id.slice(2)}.debug`);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** Of a note that is one, as hexadecimal digits. */
function buildIdAt(file: Buffer, at: number): string | undefined {
  const [ownerBytes, idBytes, type] = [0, 4, 8].map((field) => file.readUInt32LE(at + field));
  const owner = file.toString("latin1", at + 12, at + 12 + ownerBytes!);
  if (type !== NT_GNU_BUILD_ID || owner !== "GNU\0") return undefined;
  const from = at + 12 + ownerBytes!;
  return file.toString("hex", from, from + idBytes!);
}
