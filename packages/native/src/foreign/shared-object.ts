/**
 * The smallest shared object that dlopen(3) takes: functions, exported by name, in one segment that
 * is read and executed. ELF64, little-endian, after elf(5) and the System V ABI's chapter on
 * dynamic linking.
 */

interface ExportedFunction {
  readonly name: string;
  /** Instructions that run wherever they lie. */
  readonly code: Uint8Array;
}

/** e_machine of elf(5). */
const EM_X86_64 = 62;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_STACK = 0x6474_e551;
const [PF_X, PF_W, PF_R] = [1, 2, 4];
const [DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT] = [4, 5, 6, 10, 11];
const STB_GLOBAL_STT_FUNC = 0x12;

const headerBytes = 64;
const programHeaderBytes = 56;
const dynamicEntryBytes = 16;
const symbolBytes = 24;
const dynamicAt = headerBytes + 3 * programHeaderBytes;
const dynamicBytes = 6 * dynamicEntryBytes;
const hashAt = dynamicAt + dynamicBytes;

export function sharedObjectX64(functions: readonly ExportedFunction[]): Uint8Array {
  const symbols = functions.length + 1; // the first is none
  const symbolsAt = alignUp(hashAt + (2 + 1 + symbols) * 4, 8);
  const stringsAt = symbolsAt + symbols * symbolBytes;
  const strings = new TextEncoder().encode(
    `\0${functions.map(({ name }) => `${name}\0`).join("")}`,
  );
  const codeAt = alignUp(stringsAt + strings.length, 16);
  const codeBytes = functions.reduce((sum, { code }) => sum + alignUp(code.length, 16), 0);
  const file = new Uint8Array(codeAt + codeBytes);
  const view = new DataView(file.buffer);
  writeHeaders(view);
  writeWords(view, dynamicAt, [
    ...[DT_HASH, hashAt, DT_SYMTAB, symbolsAt, DT_STRTAB, stringsAt],
    ...[DT_STRSZ, strings.length, DT_SYMENT, symbolBytes],
  ]);
  // One bucket whose chain has all symbols, from the last to the first.
  const chain = Array.from({ length: symbols }, (_, i) => Math.max(0, i - 1));
  for (const [i, word] of [1, symbols, symbols - 1, ...chain].entries()) {
    view.setUint32(hashAt + i * 4, word, true);
  }
  file.set(strings, stringsAt);
  let [name, at] = [1, codeAt];
  for (const [i, { name: text, code }] of functions.entries()) {
    file.set(code, at);
    const symbol = symbolsAt + (i + 1) * symbolBytes;
    view.setUint32(symbol, name, true);
    view.setUint8(symbol + 4, STB_GLOBAL_STT_FUNC);
    view.setUint16(symbol + 6, 1, true); // of some section; there is no table of them
    writeWords(view, symbol + 8, [at, code.length]);
    name += text.length + 1;
    at += alignUp(code.length, 16);
  }
  return file;
}

function writeHeaders(view: DataView): void {
  // "\x7fELF", 64 bits, little-endian, version 1.
  new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, ET_DYN, true);
  view.setUint16(18, EM_X86_64, true);
  view.setUint32(20, 1, true);
  writeWords(view, 32, [headerBytes]);
  view.setUint16(52, headerBytes, true);
  view.setUint16(54, programHeaderBytes, true);
  view.setUint16(56, 3, true);
  writeSegment(view, 0, { type: PT_LOAD, flags: PF_R | PF_X, at: 0, bytes: view.byteLength });
  // Without PF_W, or the dynamic linker writes addresses into it.
  writeSegment(view, 1, { type: PT_DYNAMIC, flags: PF_R, at: dynamicAt, bytes: dynamicBytes });
  // Or it makes the stack executable.
  writeSegment(view, 2, { type: PT_GNU_STACK, flags: PF_R | PF_W, at: 0, bytes: 0 });
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly at: number;
  readonly bytes: number;
}

function writeSegment(view: DataView, index: number, { type, flags, at, bytes }: Segment): void {
  const header = headerBytes + index * programHeaderBytes;
  view.setUint32(header, type, true);
  view.setUint32(header + 4, flags, true);
  // Place in the file, two addresses, sizes in file and memory, alignment.
  writeWords(view, header + 8, [at, at, at, bytes, bytes, 4096]);
}

/** 64-bit words. */
function writeWords(view: DataView, at: number, values: readonly number[]): void {
  for (const [i, value] of values.entries()) view.setBigUint64(at + i * 8, BigInt(value), true);
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
