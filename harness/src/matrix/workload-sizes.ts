/** Which workloads a section may list, and with which frame sizes. */
import type { IopathError } from "@iopath/contract";
import { findWorkload } from "../workloads/known.ts";
import { nameOfSize, turnOf } from "./frame-size.ts";
import type { Section } from "./section.ts";

/** What is wrong with the workloads of a section, in words. */
export function workloadProblems({
  workloads,
  frameBytes,
}: Pick<Section, "workloads" | "frameBytes">): string[] {
  return workloads.flatMap((name) => {
    const smallest = smallestOf(name);
    if (typeof smallest === "string") return [smallest];
    const small = frameBytes.filter((size) => Math.min(...turnOf(size)) < smallest);
    if (small.length === 0) return [];
    const sizes = small.map(nameOfSize).join(", ");
    return [`frames of ${name} have ${smallest} bytes at least, and the sizes have ${sizes}`];
  });
}

/** The smallest frame of a workload; what is wrong with its name. */
function smallestOf(name: string): number | string {
  try {
    return findWorkload(name).measuring.frameBytesMin;
  } catch (error) {
    const { message, remedy } = error as IopathError;
    return `${message}; ${remedy}`;
  }
}
