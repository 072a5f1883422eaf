/** Functions of an ELF file by their addresses in it; elf(5), 64 bits, little-endian. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastAtOrBefore } from "./search.ts";

interface Symbol {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

const PT_LOAD = 1;
const [SHT_SYMTAB, SHT_NOTE, SHT_DYNSYM] = [2, 7, 11];
/** Of a note whose owner is "GNU". */
const NT_GNU_BUILD_ID = 3;
/** Where packages of debug symbols lay them down, by the build's id (Debian's `-dbgsym`). */
const debugFolderUsual = "/usr/lib/debug/.build-id";
const [STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC] = [0, 2, 10];
const magic = 0x464c457f;
const [sectionBytes, symbolBytes] = [64, 24];

export class ElfFile {
  readonly #segments: readonly Segment[];
  readonly #symbols: readonly Symbol[];

  /**
   * Symbols are those of `.symtab`; of a stripped file those of its debug symbols, where they are
   * installed, else those of `.dynsym`: what other files may call.
   */
  constructor(path: string, debugFolder = debugFolderUsual) {
    const file = readFileSync(path);
    const isElf = file.length >= sectionBytes && file.readUInt32LE(0) === magic;
    this.#segments = isElf ? readSegments(file) : [];
    this.#symbols = isElf ? symbolsOf(file, debugFolder) : [];
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

function word(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
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

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
  readonly link: number;
}

function readSections(file: Buffer): Section[] {
  const [first, count] = [word(file, 40), file.readUInt16LE(60)];
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * sectionBytes;
    const type = file.readUInt32LE(at + 4);
    const link = file.readUInt32LE(at + 40);
    return { type, offset: word(file, at + 24), bytes: word(file, at + 32), link };
  });
}

function symbolsOf(file: Buffer, debugFolder: string): Symbol[] {
  const sections = readSections(file);
  const own = readTable(file, sections, SHT_SYMTAB);
  if (own) return own;
  const debug = debugFileOf(file, sections, debugFolder);
  const apart = debug && readTable(debug, readSections(debug), SHT_SYMTAB);
  return apart ?? readTable(file, sections, SHT_DYNSYM) ?? [];
}

/** The file of debug symbols that belongs to this build, if it is installed. */
function debugFileOf(file: Buffer, sections: readonly Section[], folder: string) {
  const id = sections
    .filter(({ type }) => type === SHT_NOTE)
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

/** Undefined of a file without such a table. */
function readTable(
  file: Buffer,
  sections: readonly Section[],
  wanted: number,
): Symbol[] | undefined {
  const table = sections.find(({ type }) => type === wanted);
  if (!table) return undefined;
  const strings = sections[table.link]!.offset;
  const symbols: Symbol[] = [];
  for (let at = table.offset; at < table.offset + table.bytes; at += symbolBytes) {
    const symbol = readSymbol(file, at, strings);
    if (symbol) symbols.push(symbol);
  }
  return symbols.sort((a, b) => a.start - b.start || a.end - b.end);
}

function readSymbol(file: Buffer, at: number, strings: number): Symbol | undefined {
  const type = file[at + 4]! & 15;
  const start = word(file, at + 8);
  const isDefined = file.readUInt16LE(at + 6) !== 0 && start !== 0;
  if (!isDefined || ![STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC].includes(type)) return undefined;
  const nameAt = strings + file.readUInt32LE(at);
  const name = file.toString("latin1", nameAt, file.indexOf(0, nameAt));
  if (name === "" || name.startsWith("$")) return undefined;
  return { start, end: start + word(file, at + 16), name };
}
