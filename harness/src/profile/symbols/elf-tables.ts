/** Sections and symbols of an ELF file; elf(5), 64 bits, little-endian. */

export const SectionType = { symbols: 2, relocations: 4, note: 7, dynamicSymbols: 11 } as const;
/** SHF_EXECINSTR */
const executable = 4n;

const magic = 0x464c457f;
const [sectionBytes, symbolBytes] = [64, 24];
const [STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC] = [0, 2, 10];

export interface Section {
  readonly type: number;
  readonly isCode: boolean;
  /** Of its first byte, in memory and in the file. */
  readonly address: number;
  readonly offset: number;
  readonly bytes: number;
  /** Number of the section with its strings; `info` is that of what relocations are for. */
  readonly link: number;
  readonly info: number;
}

export interface FunctionSymbol {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  /** Number of the section that it lies in. */
  readonly section: number;
}

export function isElf(file: Buffer): boolean {
  return file.length >= sectionBytes && file.readUInt32LE(0) === magic;
}

export function word(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}

export function readSections(file: Buffer): Section[] {
  const [first, count] = [word(file, 40), file.readUInt16LE(60)];
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * sectionBytes;
    return {
      type: file.readUInt32LE(at + 4),
      isCode: (file.readBigUInt64LE(at + 8) & executable) !== 0n,
      address: word(file, at + 16),
      offset: word(file, at + 24),
      bytes: word(file, at + 32),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    };
  });
}

/** Functions, sorted by where they start; undefined of a file without such a table. */
export function readSymbols(
  file: Buffer,
  sections: readonly Section[],
  wanted: number,
): FunctionSymbol[] | undefined {
  const table = sections.find(({ type }) => type === wanted);
  if (!table) return undefined;
  const strings = sections[table.link]!.offset;
  const symbols: FunctionSymbol[] = [];
  for (let at = table.offset; at < table.offset + table.bytes; at += symbolBytes) {
    const symbol = readSymbol(file, at, strings);
    if (symbol) symbols.push(symbol);
  }
  return symbols.sort((a, b) => a.start - b.start || a.end - b.end);
}

function readSymbol(file: Buffer, at: number, strings: number): FunctionSymbol | undefined {
  const type = file[at + 4]! & 15;
  const section = file.readUInt16LE(at + 6);
  if (section === 0 || ![STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC].includes(type)) return undefined;
  const nameAt = strings + file.readUInt32LE(at);
  const name = file.toString("latin1", nameAt, file.indexOf(0, nameAt));
  if (name === "" || name.startsWith("$")) return undefined;
  const start = word(file, at + 8);
  return { start, end: start + word(file, at + 16), name, section };
}
