/** The name of each address of a trial's process and of its kernel. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { staticLibraryFolders } from "@iopath/lab/guest";
import type { RawProfile } from "../../runner/guest-profiling.ts";
import type { Frame } from "../profile.ts";
import { CompiledCode } from "./compiled.ts";
import { ElfFile } from "./elf.ts";
import { InlinedCode } from "./inlined.ts";
import { isKernelAddress, KernelSymbols } from "./kernel.ts";
import { lastAtOrBefore } from "./search.ts";

interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly path: string;
}

/** Of libraries that are in memory only: trampolines of foreign calls, marks. */
const inMemory = "/memfd:iopath-";

/** Files of this machine, which are the guest's: each is read once. */
const elfFiles = new Map<string, ElfFile>();

/**
 * The function at an address in hexadecimal, and behind it those that a compiler put into its code
 * there, outermost first.
 */
export type NamesAt = (address: string) => readonly [Frame, ...Frame[]];

/** @param called addresses that calls lead to */
export function newNames(raw: Omit<RawProfile, "stacks">, called: Iterable<string>): NamesAt {
  const kernel = new KernelSymbols(raw.kernel, called);
  const compiled = new CompiledCode(raw.compiled);
  const inlined = new InlinedCode(raw.inlined);
  const mappings = parseMaps(raw.maps);
  const known = new Map<string, readonly [Frame, ...Frame[]]>();
  const find = (address: string): readonly [Frame, ...Frame[]] => {
    if (isKernelAddress(address)) return [kernel.nameOf(address)];
    const at = Number.parseInt(address, 16);
    return [ofUserSpace(at, mappings, compiled), ...inlined.functionsAt(at)];
  };
  return (address) => {
    const names = known.get(address) ?? find(address);
    known.set(address, names);
    return names;
  };
}

function ofUserSpace(address: number, mappings: readonly Mapping[], compiled: CompiledCode): Frame {
  const nearest = lastAtOrBefore(mappings, address);
  const mapping = nearest && address < nearest.end ? nearest : undefined;
  const path = mapping?.path ?? "";
  if (path === "[vdso]") return { name: "[vdso]", object: "vdso" };
  if (mapping && path.startsWith(inMemory)) {
    const name = path.slice(inMemory.length).replace(/ \(deleted\)$/, "");
    return { name: `[${name}]`, object: name };
  }
  if (mapping && path.startsWith("/") && existsSync(path)) {
    const object = basename(path);
    const name = elfFile(path).nameAt(address - mapping.start + mapping.offset);
    return { name: name ?? `[${object}]`, object };
  }
  return (
    compiled.nameOf(address) ?? { name: mapping ? "[compiled code]" : "[unknown]", object: "node" }
  );
}

function elfFile(path: string): ElfFile {
  const file = elfFiles.get(path) ?? new ElfFile(path, { staticFolders: staticLibraryFolders() });
  elfFiles.set(path, file);
  return file;
}

/** proc_pid_maps(5) */
function parseMaps(text: string): Mapping[] {
  const lines = text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ *(.*)$/gm);
  return [...lines].map(([, start, end, offset, path]) => ({
    start: Number.parseInt(start!, 16),
    end: Number.parseInt(end!, 16),
    offset: Number.parseInt(offset!, 16),
    path: path!,
  }));
}
