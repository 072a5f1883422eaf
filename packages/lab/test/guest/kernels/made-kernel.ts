/** Kernels as files, made for tests: as much of their formats as is read. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

interface MadeKernel {
  readonly release?: string;
  /** Type of its note `Xen`; 18 is the PVH entry. */
  readonly note?: number;
  /** ELF's number of the architecture; 62 is x86-64. */
  readonly machine?: number;
  readonly config?: string;
}

/** An ELF file with one segment, of notes, and the banner behind it. */
export function madeElf({ release = "6.9.1-me", note = 18, machine = 62, config }: MadeKernel) {
  const header = Buffer.alloc(64 + 56);
  header.writeUInt32BE(0x7f454c46, 0);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(4096n, 40);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt16LE(9, 60);
  const embedded = config === undefined ? [] : ["IKCFG_ST", gzipSync(config), "IKCFG_ED"];
  const others = Buffer.from([8, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0]);
  const notes = Buffer.concat([
    ...[others, Buffer.from("Linux\0\0\0hello\0\0\0")],
    ...[Buffer.from([4, 0, 0, 0, 4, 0, 0, 0, note, 0, 0, 0]), Buffer.from("Xen\0\0\0\0\0")],
    Buffer.from(`Linux version %s\0Linux version ${release} (me@here) #1\0`),
    ...embedded.map((part) => Buffer.from(part)),
  ]);
  header.writeUInt32LE(4, 64);
  header.writeBigUInt64LE(120n, 64 + 8);
  header.writeBigUInt64LE(BigInt(notes.length), 64 + 32);
  return Buffer.concat([header, notes]);
}

/** A bzImage around a payload as a kernel's build makes it, the uncompressed size behind it. */
export function madeBzImage(payload: Buffer): Buffer {
  const image = Buffer.alloc(1024);
  image[0x1f1] = 1;
  image.write("HdrS", 0x202);
  image.writeUInt32LE(0, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([image, payload, Buffer.alloc(64)]);
}

/** A module that names what it needs. */
export function madeModule(...needs: string[]): Buffer {
  return Buffer.from(`code\0depends=${needs.join(",")}\0name=x\0`);
}

/** Writes files below a folder, and their folders. */
export function writeTree(folder: string, files: Readonly<Record<string, Buffer | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}
