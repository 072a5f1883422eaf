/**
 * Needless work around a workload, to see whether a gate finds it: behind the workload's own work
 * on a burst in user space, at the end of the program where the kernel forwards. For nothing else.
 */
import {
  type Batch,
  ExitStatus,
  type ForwardParts,
  IopathError,
  type KernelForm,
  type Workload,
} from "@iopath/contract";
import { raw } from "@iopath/native";
import { kernelForm, withIdleInstructions } from "@iopath/workloads";
import type { Planted } from "../matrix/planted.ts";

/** The workload, with the work behind its own. */
export function withNeedlessWork(workload: Workload, planted: Planted): Workload {
  const { name, kernelForm: form } = workload;
  return {
    ...workload,
    ...(form ? { kernelForm: plantInKernel(form, name, planted) } : {}),
    newForward(parts) {
      const forward = workload.newForward(parts);
      const work = newWork(parts, planted);
      return () => {
        forward();
        work();
      };
    },
  };
}

/** Work that a program in the kernel can't do is refused when the program is made. */
function plantInKernel(form: KernelForm, name: string, { kind, count }: Planted): KernelForm {
  if (kind === "instructions") return withIdleInstructions(form, count);
  return kernelForm(() => {
    const message = `${name} in the kernel has no burst in user space for a ${kind}`;
    throw new IopathError(ExitStatus.usage, message, { remedy: "plant instructions there" });
  });
}

function newWork({ words, batch }: ForwardParts, { kind, count }: Planted): () => void {
  const works = {
    instructions: () => burn(batch, count),
    syscall: () => call(count),
    copy: () => copy(words, batch, count),
  };
  return works[kind];
}

/** What the work comes to is stored, or the compiler would leave the work out. */
const outcome = new Int32Array(1);

/** Estimated for one turn of the loop below on x86-64: close enough for planted work. */
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
