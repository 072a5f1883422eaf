/** `iopath bisect`: between which two of a list of kernels a cell's cost changed. */
import { ExitStatus, IopathError } from "@iopath/contract";
import {
  type DebianName,
  kernelsBetween,
  type MirrorKernel,
  parseKernelName,
} from "@iopath/lab/guest";
import { formatFigure, formatPercent } from "../present/number-format.ts";
import { type Bisection, bisect, relativeChange } from "./bisection.ts";
import { type KernelMeasuring, type MeasuredKernel, measureKernels } from "./measure.ts";

export interface KernelBisection {
  /** "xdp/native" */
  readonly variant: string;
  readonly within: number;
  /** Names in the order of the list. */
  readonly kernels: readonly string[];
  /** By their place in the list. */
  readonly measured: ReadonlyMap<number, MeasuredKernel>;
  readonly outcome: Extract<Bisection["outcome"], { kind: "found" | "gradual" }>;
}

/**
 * Two of Debian's kernels stand for those that the mirror has between them; any other list is taken
 * as it is.
 *
 * @param mirror asked for where it is needed
 */
export async function listOfKernels(
  names: readonly string[],
  mirror: () => Promise<readonly MirrorKernel[]>,
): Promise<readonly string[]> {
  const parsed = names.map(parseKernelName);
  const [from, to] = parsed.filter((one): one is DebianName => one.kind === "debian");
  if (names.length !== 2 || !from || !to || from.flavour !== to.flavour) return names;
  return kernelsBetween(await mirror(), from, to).map(({ release }) => `debian:${release}`);
}

/**
 * @throws IopathError, exit status 2, when one of the ends has no figure, or they don't differ
 */
export async function bisectKernels(
  kernels: readonly string[],
  within: number,
  measuring: KernelMeasuring,
): Promise<KernelBisection> {
  const measured = new Map<number, MeasuredKernel>();
  const measure = async (indices: readonly number[]) => {
    const found = await measureKernels(
      indices.map((index) => kernels[index]!),
      measuring,
    );
    for (const [i, index] of indices.entries()) measured.set(index, found[i]!);
    return found.map(({ finding }) => finding);
  };
  const { findings, outcome } = await bisect({ count: kernels.length, within, measure });
  const { variant } = measuring;
  if (outcome.kind === "no figure") {
    const one = findings.get(outcome.index) as { readonly problem: string };
    const message = `${variant} has no figure on kernel ${kernels[outcome.index]}: ${one.problem}`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "both ends of a bisect must be measured: name others",
    });
  }
  if (outcome.kind === "ends alike") throw endsAlike(kernels, findings, { variant, within });
  return { variant, within, kernels, measured, outcome };
}

function endsAlike(
  kernels: readonly string[],
  findings: Bisection["findings"],
  { variant, within }: { readonly variant: string; readonly within: number },
): IopathError {
  const ends = [0, kernels.length - 1].map((index) => findings.get(index) as { figure: number });
  const [before, after] = ends.map(({ figure }) => figure) as [number, number];
  const message =
    `nothing to bisect: ${variant} costs ${formatFigure(before)} on ${kernels[0]} and ` +
    `${formatFigure(after)} on ${kernels.at(-1)}, ${formatPercent(relativeChange(before, after))} apart`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: `what is within ${formatPercent(within)} is taken for alike: --within takes another fraction; or name other ends`,
  });
}
