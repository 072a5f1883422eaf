/** `iopath compare RUN --by kernel`: one run, as a run for each kernel that its guests booted. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { kernelLabel, usualKernel } from "@iopath/lab/guest";
import type { StoredRun } from "../files/results-json.ts";
import type { Row } from "../rows/row.ts";
import type { EarlierRun } from "../run/earlier-run.ts";

/**
 * The kernels in the order of the rows. Their cells have the same ids, so that they compare.
 *
 * @throws IopathError, exit status 3, for a run with fewer than two
 */
export function eachKernelOf(earlier: EarlierRun): EarlierRun[] {
  const ofGuests = earlier.rows.filter(({ place }) => place === "guest");
  const byKernel = Map.groupBy(ofGuests, (row) => row.guest_kernel);
  if (byKernel.size < 2) {
    const message = `run ${earlier.run.runId} has guests with ${byKernel.size} kernels`;
    throw new IopathError(ExitStatus.usage, `${message}; two are needed to compare by them`, {
      remedy: "`iopath run --kernel debian,debian:6.12` measures with two",
    });
  }
  return [...byKernel].map(([kernel, rows], i) => ({
    run: runOf(earlier.run, kernel),
    rows: rows.map((row) => ({ ...row, cell: cellOf(row), guest_kernel: "" })),
    samples: () => {
      const samples = earlier.samples();
      return new Map(rows.map((row) => [cellOf(row), samples.get(row.cell) ?? []]));
    },
    notes: i === 0 ? earlier.notes : [],
  }));
}

/** The cell's id, as on the usual kernel. */
export function cellOf({ cell, guest_kernel: kernel }: Pick<Row, "cell" | "guest_kernel">): string {
  return kernel === "" ? cell : cell.replace(`/${kernel}/`, "/");
}

function runOf(run: StoredRun, kernel: string): StoredRun {
  const own = run.config.flatMap((section, i) => {
    const { kernels = [usualKernel], ...others } = section as { kernels?: readonly string[] };
    return kernelLabel(kernels[0]!) === kernel
      ? [{ section: others, ground: run.grounds[i]! }]
      : [];
  });
  return {
    ...run,
    runId: `${run.runId}, kernel ${kernel || usualKernel}`,
    config: own.map(({ section }) => section),
    grounds: own.map(({ ground }) => ground),
  };
}
