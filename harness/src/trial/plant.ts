/**
 * Needless work around a workload, to see whether a gate finds it: behind the workload's own work
 * on a burst in user space, at the end of the program where the kernel forwards.
 */
import {
  type Batch,
  ExitStatus,
  type FastForm,
  type FastFormParts,
  IopathError,
  type KernelForm,
  type Workload,
} from "@iopath/contract";
import { raw } from "@iopath/native";
import { kernelForm, withIdleInstructions } from "@iopath/workloads";
import type { Planted } from "../matrix/planted.ts";

/** Workloads with planted work that a path has asked for one of their forms. */
const used = new WeakSet<Workload>();

/** The workload, with the work behind its own. */
export function withNeedlessWork(workload: Workload, planted: Planted): Workload {
  const { kernelForm: form, ...others } = workload;
  const withWork: Workload = {
    ...others,
    newFastForm(parts) {
      used.add(withWork);
      // What a frame's copy is taken from, a batch without columns does not say.
      const inPlace = planted.kind === "copy" ? undefined : parts.inPlace;
      const form = workload.newFastForm({ ...parts, inPlace });
      const work = newWork(parts, form, planted);
      const forward = () => {
        form.forward();
        work();
      };
      return { ...form, forward };
    },
  };
  if (!form) return withWork;
  const planting = plantInKernel(form, workload.name, planted);
  const kernelForm = () => {
    used.add(withWork);
    return planting;
  };
  return Object.defineProperty(withWork, "kernelForm", { get: kernelForm, enumerable: true });
}

/**
 * A path that forwards without a form of the workload, such as the kernel's own router, would be
 * measured without the work, and its row would say otherwise.
 *
 * @throws IopathError when no form was asked for since the work was planted
 */
export function requirePlanted(workload: Workload, path: string, variant: string): void {
  if (used.has(workload)) return;
  const message = `--plant-work has no effect on ${path}/${variant}, which forwards without iopath's workload`;
  throw new IopathError(ExitStatus.usage, message, { remedy: "leave the variant out" });
}

/** Work that a program in the kernel can't do is refused when the program is made. */
function plantInKernel(form: KernelForm, name: string, { kind, count }: Planted): KernelForm {
  if (kind === "instructions") return withIdleInstructions(form, count);
  return kernelForm(() => {
    const message = `${name} in the kernel has no burst in user space for a ${kind}`;
    throw new IopathError(ExitStatus.usage, message, { remedy: "plant instructions there" });
  });
}

function newWork(
  { memory }: FastFormParts,
  { batch }: FastForm,
  { kind, count }: Planted,
): () => void {
  const words = new Int32Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 2);
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
