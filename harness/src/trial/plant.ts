/**
 * Needless work in a path, so that it can be seen whether a gate finds it. Between the workload and
 * the egress of a polled path; in the program of one whose frames the kernel forwards. For nothing
 * else.
 */
import {
  type Batch,
  type Egress,
  ExitStatus,
  IopathError,
  type OpenPath,
  type Path,
  type PolledPath,
} from "@iopath/contract";
import { raw } from "@iopath/native";
import type { Planted } from "../matrix/planted.ts";

/** The path with the work in it. @throws IopathError where such work has no place */
export function plant(path: Path, planted: Planted): Path {
  return {
    ...path,
    open(variant, ports, options) {
      const { kind } = path.variants.find(({ name }) => name === variant)!;
      if (kind === "polled") return plantInPolled(path.open(variant, ports, options), planted);
      if (planted.kind === "instructions") {
        return path.open(variant, ports, { ...options, plantedInstructions: planted.count });
      }
      const message = `${path.name}/${variant} has no burst in user space for a ${planted.kind}`;
      throw new IopathError(ExitStatus.usage, message, { remedy: "plant instructions there" });
    },
  };
}

function plantInPolled(open: OpenPath, planted: Planted): OpenPath {
  if (open.kind !== "polled") return open;
  const { memory, ingress, testers } = open;
  return {
    ...{ kind: "polled", memory, ingress, egress: newPlantedEgress(open, planted) },
    counters: () => open.counters(),
    [Symbol.dispose]: () => open[Symbol.dispose](),
    ...(testers ? { testers } : {}),
  };
}

function newPlantedEgress({ egress, memory }: PolledPath, { kind, count }: Planted): Egress {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 2);
  const works = {
    instructions: (batch: Batch) => burn(batch, count),
    syscall: () => call(count),
    copy: (batch: Batch) => copy(words, batch, count),
  };
  const work = works[kind];
  return {
    transmit(batch) {
      work(batch);
      return egress.transmit(batch);
    },
  };
}

/** What the work comes to is stored, or the compiler would leave the work out. */
const outcome = new Int32Array(1);

/**
 * Taken for one turn of the loop below on x86-64: an estimate, so that what is planted in polled
 * paths is about right.
 */
const instructionsPerTurn = 8;

function burn({ count }: Batch, instructions: number): void {
  const turns = Math.max(1, Math.round(instructions / instructionsPerTurn));
  let value = outcome[0]! | 1;
  for (let i = 0; i < count; i++) {
    for (let turn = 0; turn < turns; turn++) value = (Math.imul(value, 31) + turn) | 0;
  }
  outcome[0] = value;
}

function call(count: number): void {
  for (let i = 0; i < count; i++) raw.poll(0, 0, 0);
}

/** As many words as a frame of the largest size has. */
const target = new Int32Array(512);

function copy(words: Int32Array, { offset, length, count }: Batch, copies: number): void {
  for (let i = 0; i < count; i++) {
    const from = offset[i]! >>> 2;
    const wordsInFrame = (length[i]! + 3) >>> 2;
    for (let n = 0; n < copies; n++) {
      for (let word = 0; word < wordsInFrame; word++) target[word] = words[from + word]!;
    }
  }
}
