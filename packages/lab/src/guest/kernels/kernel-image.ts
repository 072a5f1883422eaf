/** A kernel's image, made ready for QEMU: an ELF file with the entry of its PVH note. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { ExitStatus, IopathError } from "@iopath/contract";
import { throughLoader } from "../toolchain.ts";

/** Unpacks xz, gzip and zstd. @param tools a tree with xz(1), of the cache */
export function decompress(data: Buffer, what: string, tools: string): Buffer {
  switch (compressionOf(data)) {
    case "gzip":
      return gunzipSync(data);
    case "zstd":
      return zstdDecompressSync(data);
    case "xz": {
      const [loader, ...args] = throughLoader(tools, "usr/bin/xz");
      const options = { input: data, maxBuffer: 1 << 30 };
      return execFileSync(loader!, [...args, "--decompress", "--stdout"], options);
    }
    default: {
      const magic = data.subarray(0, 4).toString("hex");
      throw new IopathError(
        ExitStatus.cannotRun,
        `${what} is packed in a way not known: ${magic}`,
        {
          remedy: "build it with CONFIG_KERNEL_ZSTD, CONFIG_KERNEL_XZ or CONFIG_KERNEL_GZIP",
        },
      );
    }
  }
}

function compressionOf(data: Buffer): "gzip" | "zstd" | "xz" | undefined {
  const begins = (bytes: string) => data.subarray(0, bytes.length / 2).toString("hex") === bytes;
  if (begins("1f8b")) return "gzip";
  if (begins("28b52ffd")) return "zstd";
  return begins("fd377a585a00") ? "xz" : undefined;
}

/** The compressed kernel inside a bzImage, Linux Documentation/arch/x86/boot.rst. */
function compressedPayload(image: Buffer): Buffer {
  const setupSectorsAt = 0x1f1;
  const payloadOffsetAt = 0x248;
  const payloadLengthAt = 0x24c;
  const protectedMode = ((image[setupSectorsAt] || 4) + 1) * 512;
  const start = protectedMode + image.readUInt32LE(payloadOffsetAt);
  const payload = image.subarray(start, start + image.readUInt32LE(payloadLengthAt));
  // The build appends the uncompressed size; gzip has one of its own.
  return compressionOf(payload) === "gzip" ? payload : payload.subarray(0, -4);
}

/**
 * The ELF kernel of a vmlinux or a bzImage.
 *
 * @throws IopathError for what is no kernel for x86-64, or has no PVH entry
 */
export function elfKernel(file: string, tools: string): Buffer {
  const image = readFileSync(file);
  const kernel = isElf(image)
    ? withoutSections(image)
    : decompress(payloadOf(image, file), file, tools);
  if (kernel.readUInt16LE(18) !== machineX8664) throw noKernel(file);
  if (hasPvhEntry(kernel)) return kernel;
  throw new IopathError(ExitStatus.cannotRun, `${file} has no PVH note, by which QEMU boots it`, {
    remedy: "build it with CONFIG_PVH=y",
  });
}

const machineX8664 = 62;

function isElf(image: Buffer): boolean {
  return image.length > 64 && image.readUInt32BE(0) === 0x7f454c46;
}

function payloadOf(image: Buffer, file: string): Buffer {
  const headerAt = 0x202;
  const isBzImage = image.subarray(headerAt, headerAt + 4).toString("latin1") === "HdrS";
  if (!isBzImage) throw noKernel(file);
  return compressedPayload(image);
}

function noKernel(file: string): IopathError {
  const message = `${file} is no kernel for x86-64: neither a bzImage nor a vmlinux of it`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: "a guest is x86-64: build the kernel with ARCH=x86_64",
  });
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Program headers of a 64-bit ELF file, elf(5). */
function segmentsOf(elf: Buffer): Segment[] {
  const at = Number(elf.readBigUInt64LE(32));
  const bytes = elf.readUInt16LE(54);
  return Array.from({ length: elf.readUInt16LE(56) }, (_, i) => {
    const header = at + i * bytes;
    return {
      type: elf.readUInt32LE(header),
      offset: Number(elf.readBigUInt64LE(header + 8)),
      bytes: Number(elf.readBigUInt64LE(header + 32)),
    };
  });
}

/** Without debug sections, of which an unstripped vmlinux has hundreds of megabytes. */
function withoutSections(elf: Buffer): Buffer {
  const end = Math.max(...segmentsOf(elf).map(({ offset, bytes }) => offset + bytes));
  const kept = Buffer.from(elf.subarray(0, end));
  kept.writeBigUInt64LE(0n, 40); // e_shoff
  kept.fill(0, 60, 64); // e_shnum, e_shstrndx
  return kept;
}

/** A note `Xen`, type XEN_ELFNOTE_PHYS32_ENTRY; Linux include/xen/interface/elfnote.h. */
function hasPvhEntry(elf: Buffer): boolean {
  const segmentOfNotes = 4;
  const physicalEntry = 18;
  const padded = (bytes: number) => (bytes + 3) & ~3;
  for (const { type, offset, bytes } of segmentsOf(elf)) {
    if (type !== segmentOfNotes) continue;
    for (let at = offset; at + 12 <= offset + bytes; ) {
      const [name, content, kind] = [0, 4, 8].map((i) => elf.readUInt32LE(at + i));
      const isXen = elf.subarray(at + 12, at + 12 + 4).toString("latin1") === "Xen\0";
      if (isXen && kind === physicalEntry) return true;
      at += 12 + padded(name!) + padded(content!);
    }
  }
  return false;
}

/** "6.12.117+deb13-amd64" of the kernel's own banner. */
export function releaseOf(kernel: Buffer): string | undefined {
  const banner = "Linux version ";
  for (let at = kernel.indexOf(banner); at >= 0; at = kernel.indexOf(banner, at + 1)) {
    const text = kernel.subarray(at + banner.length, at + banner.length + 128).toString("latin1");
    const [, release] = /^(\d+\.\d+\S*) \(/.exec(text) ?? [];
    if (release) return release;
  }
  return undefined;
}

/** The configuration that CONFIG_IKCONFIG puts into a kernel. */
export function embeddedConfig(kernel: Buffer): string | undefined {
  const marks = ["IKCFG_ST", "IKCFG_ED"];
  const [start, end] = marks.map((mark) => kernel.indexOf(mark));
  if (start! < 0 || end! < start!) return undefined;
  return gunzipSync(kernel.subarray(start! + marks[0]!.length, end)).toString("utf8");
}
