/** Functions of an ELF file by their addresses in it; elf(5), 64 bits, little-endian. */
import { readFileSync } from "node:fs";
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
const [SHT_SYMTAB, SHT_DYNSYM] = [2, 11];
const [STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC] = [0, 2, 10];
const magic = 0x464c457f;
const [sectionBytes, symbolBytes] = [64, 24];

export class ElfFile {
  readonly #segments: readonly Segment[];
  readonly #symbols: readonly Symbol[];

  /** Symbols are those of `.symtab`, or of `.dynsym` where the file is stripped. */
  constructor(path: string) {
    const file = readFileSync(path);
    const isElf = file.length >= sectionBytes && file.readUInt32LE(0) === magic;
    this.#segments = isElf ? readSegments(file) : [];
    this.#symbols = isElf ? readSymbols(file) : [];
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

function readSymbols(file: Buffer): Symbol[] {
  const [first, count] = [word(file, 40), file.readUInt16LE(60)];
  const sections = Array.from({ length: count }, (_, i) => {
    const at = first + i * sectionBytes;
    const type = file.readUInt32LE(at + 4);
    const link = file.readUInt32LE(at + 40);
    return { type, offset: word(file, at + 24), bytes: word(file, at + 32), link };
  });
  const table =
    sections.find(({ type }) => type === SHT_SYMTAB) ??
    sections.find(({ type }) => type === SHT_DYNSYM);
  if (!table) return [];
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
