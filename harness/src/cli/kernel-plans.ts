/** Plans of commands about kernels of guests: see plan.ts. */
import type { KnownFigures } from "../bisect/step.ts";
import type { Section } from "../matrix/section.ts";

/** The cell whose cost is bisected. */
export interface BisectedCell {
  /** Of a guest, with the tester beside it. */
  readonly section: Section;
  /** "xdp/native" */
  readonly variant: string;
  /** Relative difference up to which two figures are alike. */
  readonly within: number;
}

/** Between which two kernels a cell's cost changed. */
export interface BisectPlan {
  readonly does: "bisect";
  /** Two of Debian's stand for those between them. */
  readonly kernels: readonly string[];
  readonly cell: BisectedCell;
  /** Whether to say which functions it is. */
  readonly profile: boolean;
  readonly json: boolean;
  readonly out: string;
  readonly waitMinutes: number;
}

/** One step of `git bisect run`. */
export interface BisectStepPlan {
  readonly does: "bisect-step";
  readonly kernel: string;
  /** Whether the kernel is a source tree that is built first. */
  readonly build: boolean;
  readonly cell: BisectedCell;
  readonly figures: KnownFigures;
  readonly out: string;
  readonly waitMinutes: number;
}

/** A guest's kernel, out of a source tree. */
export interface KernelBuildPlan {
  readonly does: "kernel build";
  /** A tree, or debian:6.12. */
  readonly source: string;
  /** A folder of the cache when undefined. */
  readonly into: string | undefined;
  /** A file that gets the image, which boots by itself. */
  readonly copy: string | undefined;
  /** A file with lines CONFIG_NAME=VALUE. */
  readonly options: string | undefined;
  readonly jobs: number;
}

/** What kernels a guest can boot. */
export interface KernelsPlan {
  readonly does: "kernels";
  readonly json: boolean;
}

/** Kernels of the cache, their sources and builds, that were not used for some days, go. */
export interface PruneKernelsPlan {
  readonly does: "prune kernels";
  readonly days: number;
}
