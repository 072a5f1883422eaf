/**
 * Kernels in a config: a section that lists several is one section for each of them, since a guest
 * boots one.
 */
import { dirname } from "node:path";
import { IopathError } from "@iopath/contract";
import { absoluteKernel, parseKernelName } from "@iopath/lab/guest";
import { z } from "zod";
import type { Section } from "./section.ts";

/** A section as far as its kernels need it; other errors are found later. */
const withKernels = z.looseObject({ kernels: z.array(z.string().min(1)).min(1) });

/** The sections of a config file, with absolute paths of kernels. */
export function resolveKernels(sections: unknown, configFile: string): unknown {
  if (Array.isArray(sections)) return sections.map((one) => resolveKernels(one, configFile));
  const parsed = withKernels.safeParse(sections);
  if (!parsed.success) return sections;
  const { kernels } = parsed.data;
  const folder = dirname(configFile);
  return { ...parsed.data, kernels: kernels.map((name) => absoluteKernel(name, folder)) };
}

/** One section for each kernel. */
export function eachKernel(sections: readonly unknown[]): unknown[] {
  return sections.flatMap((section) => {
    const parsed = withKernels.safeParse(section);
    if (!parsed.success) return [section];
    return parsed.data.kernels.map((name) => ({ ...parsed.data, kernels: [name] }));
  });
}

/** What is wrong with the name of a section's kernel. */
export function kernelProblems({ place }: Section): string[] {
  if (place.kind !== "guest" || place.kernel === undefined) return [];
  try {
    parseKernelName(place.kernel);
    return [];
  } catch (error) {
    if (!(error instanceof IopathError)) throw error;
    return [`kernels: ${error.message}; ${error.remedy}`];
  }
}
