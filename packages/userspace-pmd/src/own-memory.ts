/**
 * DPDK's own memory where WebAssembly reaches it: pages of files without a name, which are mapped a
 * second time. Drivers and devices use the first mapping, code in WebAssembly the second one.
 */
import { type Memory, mapFileInto, mapFrames } from "@iopath/native";
import { memorySegment } from "./abi.ts";
import type { Eal } from "./eal.ts";
import { readUint64 } from "./libraries.ts";

/** Pages of one file that follow each other in the file and in memory. */
interface Stretch {
  readonly address: number;
  readonly bytes: number;
  readonly descriptor: number;
  readonly offset: number;
}

/** A second mapping of the bytes from `low` to `high`. */
interface SecondMapping {
  readonly memory: Memory;
  readonly bytes: Uint8Array;
}

/** @returns undefined where DPDK has no files behind its pages */
export function mapAgain(eal: Eal, low: number, high: number): SecondMapping | undefined {
  const stretches: Stretch[] = [];
  let alignment = 1;
  for (let address = low; address < high; ) {
    const page = pageAt(eal, address);
    if (page === undefined) return undefined;
    alignment = Math.max(alignment, page.bytes);
    const last = stretches.at(-1);
    if (last && follows(last, page)) {
      stretches[stretches.length - 1] = { ...last, bytes: last.bytes + page.bytes };
    } else stretches.push(page);
    address = page.address + page.bytes;
  }
  const begin = stretches[0]!.address;
  const end = stretches.reduce((sum, { bytes }) => sum + bytes, 0) + begin;
  const memory = mapFrames(end - begin, alignment);
  try {
    for (const { address, bytes, descriptor, offset } of stretches) {
      mapFileInto(memory, address - begin, descriptor, bytes, "DPDK's memory again", offset);
    }
  } catch (error) {
    memory[Symbol.dispose]();
    throw error;
  }
  return { memory, bytes: memory.u8.subarray(low - begin, high - begin) };
}

function follows(last: Stretch, next: Stretch): boolean {
  return (
    last.descriptor === next.descriptor &&
    last.offset + last.bytes === next.offset &&
    last.address + last.bytes === next.address
  );
}

function pageAt({ dpdk }: Eal, address: number): Stretch | undefined {
  const segment = dpdk.segmentAt(address, 0) as number;
  if (segment === 0) return undefined;
  const descriptor = dpdk.segmentDescriptor(segment) as number;
  const offset = [0];
  if (descriptor < 0 || dpdk.segmentOffset(segment, offset) < 0) return undefined;
  return {
    address: readUint64(segment + memorySegment.address),
    bytes: readUint64(segment + memorySegment.length),
    descriptor,
    offset: Number(offset[0]),
  };
}
