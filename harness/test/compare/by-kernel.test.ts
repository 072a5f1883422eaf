import { expect, test } from "vitest";
import { eachKernelOf } from "../../src/compare/by-kernel.ts";
import { compareRuns } from "../../src/compare/compare.ts";
import { formatComparison } from "../../src/compare/text.ts";
import { deriveRows } from "../../src/index.ts";
import { storedRun } from "../../src/journal/events.ts";
import type { EarlierRun } from "../../src/run/earlier-run.ts";
import { wholeRun } from "../journal-fixture.ts";

/** The rows of a run as guests with these kernels would have them, each twice as dear. */
function runWith(kernels: readonly string[]): EarlierRun {
  const made = wholeRun();
  const stored = storedRun(made.run);
  const rows = kernels.flatMap((kernel, i) =>
    deriveRows(made).map((row) => ({
      ...row,
      ...({ place: "guest", machine: "igb", class: "emulated", guest_kernel: kernel } as const),
      cell: ["guest/igb", kernel, row.cell].filter(Boolean).join("/"),
      p50: row.p50 === null ? null : row.p50 * 2 ** i,
    })),
  );
  return {
    run: {
      ...stored,
      config: kernels.map((kernel) => ({
        place: "guest",
        ...(kernel ? { kernels: [kernel] } : {}),
      })),
      grounds: kernels.map((kernel) => ({ class: "emulated", kernel: `release of ${kernel}` })),
    },
    rows,
    samples: () => new Map(rows.map(({ cell, p50 }) => [cell, [[p50 ?? 0]]])),
    notes: ["read"],
  };
}

test("one run is compared kernel by kernel, cells of one name side by side", () => {
  const { cells, apart, differences, notes, runs } = compareRuns(
    eachKernelOf(runWith(["", "debian:6.12"])),
  );
  const measured = cells.flatMap(({ changes }) => changes.map(({ ratio }) => ratio));
  expect(measured.length).toBeGreaterThan(0);
  expect(new Set(measured)).toEqual(new Set([2]));
  expect(apart).toEqual([]);
  expect(differences).toContainEqual(["guest.kernel", "release of ", "release of debian:6.12"]);
  expect(notes).toEqual(["read"]);
  expect(runs.map(({ run }) => run.runId.split(", ")[1])).toEqual([
    ...["kernel debian", "kernel debian:6.12"],
  ]);
  expect(formatComparison({ cells, apart, differences, notes, runs })).toContain("debian:6.12");
});

test("a run with one kernel is refused with what to run", () => {
  expect(() => eachKernelOf(runWith(["debian:6.12"]))).toThrow(
    expect.objectContaining({
      exitStatus: 3,
      message: expect.stringContaining("has guests with 1 kernels"),
      remedy: expect.stringContaining("--kernel debian,debian:6.12"),
    }),
  );
});
