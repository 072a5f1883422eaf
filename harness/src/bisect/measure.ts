/** What a cell costs on kernels, beside the tester alone, each kernel in a guest of its own. */
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import type { GuestPlace } from "@iopath/lab";
import { kernelLabel, saysEndedFromOutside } from "@iopath/lab/guest";
import { onKernel } from "../matrix/choose-places.ts";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";
import { testerOnly } from "../paths/all.ts";
import type { Row } from "../rows/row.ts";
import type { Finding } from "./bisection.ts";

export type MeasuredRow = Pick<
  Row,
  "path" | "variant" | "guest_kernel" | "kernel" | "status" | "reason" | "p10"
>;

export interface MeasuredKernel {
  /** As it was named. */
  readonly kernel: string;
  /** "6.12.117+deb13-amd64"; empty where it is not known. */
  readonly release: string;
  /** The cell's, in instructions per frame. */
  readonly finding: Finding;
  /** Of the tester alone, where it was measured. */
  readonly tester: number | undefined;
}

export interface KernelMeasuring {
  /** Of a guest, with the cell, and the tester beside it. */
  readonly section: Section;
  /** "xdp/native" */
  readonly variant: string;
  /** Measures sections into one run. */
  readonly run: (config: Config) => Promise<readonly MeasuredRow[]>;
}

/**
 * In the order of the names.
 *
 * @throws IopathError where someone ended a guest: that is no finding of a kernel, and one that was
 *   passed over for it could be the one that is looked for
 */
export async function measureKernels(
  kernels: readonly string[],
  measuring: KernelMeasuring,
): Promise<MeasuredKernel[]> {
  const measured = await measureAll(kernels, measuring);
  for (const { kernel, finding } of measured) requireUndisturbed(kernel, finding);
  return measured;
}

function requireUndisturbed(kernel: string, finding: Finding): void {
  if (!("problem" in finding) || !saysEndedFromOutside(finding.problem)) return;
  const message = `kernel ${kernel} can't be told: ${finding.problem}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy:
      "measure it again; if nobody ended the guest, this machine may have too little memory for it",
  });
}

async function measureAll(
  kernels: readonly string[],
  measuring: KernelMeasuring,
): Promise<MeasuredKernel[]> {
  const config = kernels.map((name) => sectionOn(name, measuring.section));
  try {
    const rows = await measuring.run(config);
    return kernels.map((kernel) => measuredOf(kernel, rows, measuring));
  } catch (error) {
    if (!(error instanceof IopathError) || error.exitStatus !== ExitStatus.cannotRun) throw error;
    // Each has a reason of its own.
    if (kernels.length > 1) return await oneByOne(kernels, measuring);
    const finding = { problem: explain(error) };
    return [{ kernel: kernels[0]!, release: "", finding, tester: undefined }];
  }
}

/** The section on another kernel than its own. */
export function sectionOn(kernel: string, section: Section): Section {
  return { ...section, place: onKernel(section.place as GuestPlace, kernel) };
}

async function oneByOne(kernels: readonly string[], measuring: KernelMeasuring) {
  const measured: MeasuredKernel[] = [];
  for (const kernel of kernels) measured.push(...(await measureAll([kernel], measuring)));
  return measured;
}

function measuredOf(
  kernel: string,
  rows: readonly MeasuredRow[],
  { variant }: KernelMeasuring,
): MeasuredKernel {
  const own = rows.filter(({ guest_kernel: label }) => label === kernelLabel(kernel));
  const cell = own.find((row) => `${row.path}/${row.variant}` === variant);
  const tester = own.find(({ path }) => path === testerOnly);
  const finding =
    cell?.status === "measured" && cell.p10 !== null
      ? { figure: cell.p10 }
      : { problem: cell ? `${cell.status}: ${cell.reason}` : "it was not measured" };
  return { kernel, release: cell?.kernel ?? "", finding, tester: tester?.p10 ?? undefined };
}
