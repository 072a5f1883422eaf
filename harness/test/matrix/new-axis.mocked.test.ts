/**
 * A made-up axis is put into the table of axes, and into nothing else: all that is made of cells
 * knows it.
 */

import { Command } from "commander";
import { expect, it, vi } from "vitest";
import { z } from "zod";
import { columnsPage } from "../../setup/columns-page.ts";
import { withMatrixFlags } from "../../src/cli/flags/options.ts";
import { compareRuns } from "../../src/compare/compare.ts";
import { longTable, resultsTable } from "../../src/files/data-package.ts";
import { toOpenMetrics } from "../../src/files/open-metrics.ts";
import { toCsv, toLongCsv, toWideCsv } from "../../src/files/results-csv.ts";
import {
  type ConfigInput,
  checkConfig,
  deriveRows,
  expandMatrix,
  type Row,
  rowJsonSchema,
} from "../../src/index.ts";
import type { JournalEvent, RunEvent } from "../../src/journal/events.ts";
import { storedRun } from "../../src/journal/events.ts";
import type { Overrides } from "../../src/matrix/override-flags.ts";
import { applyOverrides } from "../../src/matrix/overrides.ts";
import { formatMarkdown } from "../../src/present/markdown.ts";
import { buildReport } from "../../src/present/page/page.ts";
import { formatTable } from "../../src/present/terminal/table.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { scalingOf } from "../../src/rows/scaling.ts";
import { run as anyRun, measured } from "../journal-fixture.ts";
import { runFake } from "../pipeline/fake-runs.ts";

vi.mock(import("../../src/matrix/axes.ts"), async (importOriginal) => {
  const { axes, ...others } = await importOriginal();
  const headroom = {
    ...axes.window,
    list: "headrooms",
    values: z.array(z.number()).default([0]),
    flag: { option: "--headroom <bytes>", help: "bytes in front of a frame" },
    id: { text: (bytes: number) => (bytes > 0 ? `headroom${bytes}` : ""), rank: 7 },
    loop: -1,
    columns: { headroom: z.number().describe("Bytes in front of a frame.") },
    toRow: (bytes: number) => ({ headroom: bytes }),
    short: "headroom",
    figure: {
      column: "headroom",
      usual: "lowest",
      curve: { label: "bytes of headroom", scale: "linear" },
    },
  };
  return { ...others, axes: { ...axes, headroom } as unknown as typeof axes };
});

const section = {
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  ...{ frameBytes: [64], windows: [64], workers: [1, 2], rounds: 1 },
};
const config = checkConfig({ ...section, headrooms: [0, 256] }, "test");
const cells = expandMatrix(config);
const run: RunEvent = { ...anyRun, config };

/** XDP costs half of the reference without headroom, and a quarter with it. */
function costOf({ path, headroom }: { path: string; headroom?: number }): number {
  if (path !== "xdp") return 800;
  return headroom === 0 ? 400 : 200;
}

const events = cells.map(
  (cell): JournalEvent => ({
    event: "trial",
    cell: cell.id,
    round: 0,
    result: measured([costOf(cell)]),
  }),
);
const rows = deriveRows({ run, events });
const headroomOf = (row: object) => (row as { headroom: number }).headroom;

it("is in a cell's id where it is not what cells had before, as the outermost loop", () => {
  expect(cells.map(({ id }) => id)).toEqual([
    "tester-only/direct/64B/burst64/flows1/window64",
    "kernel-sockets/packet-mmsg/64B/burst64/flows1/window64",
    "xdp/native/64B/burst64/flows1/window64",
    "tester-only/direct/64B/burst64/flows1/window64/workers2",
    "kernel-sockets/packet-mmsg/64B/burst64/flows1/window64/workers2",
    "xdp/native/64B/burst64/flows1/window64/workers2",
    "tester-only/direct/64B/burst64/flows1/window64/headroom256",
    "kernel-sockets/packet-mmsg/64B/burst64/flows1/window64/headroom256",
    "xdp/native/64B/burst64/flows1/window64/headroom256",
    "tester-only/direct/64B/burst64/flows1/window64/workers2/headroom256",
    "kernel-sockets/packet-mmsg/64B/burst64/flows1/window64/workers2/headroom256",
    "xdp/native/64B/burst64/flows1/window64/workers2/headroom256",
  ]);
});

it("has its flag, which replaces the list of a section", () => {
  const command = withMatrixFlags(new Command("run"));
  command.parse(["--headroom", "128,512"], { from: "user" });
  const [first] = applyOverrides(config, command.opts<Overrides>());
  expect(first).toMatchObject({ headrooms: [128, 512], windows: [64] });
});

it("is a condition of the reference: a row is set against one of the same", () => {
  const speedUps = rows.map((row) => [row.path, headroomOf(row), row.speedup_over_reference]);
  expect(speedUps.filter(([path]) => path === "xdp")).toEqual([
    ...[0, 0].map((headroom) => ["xdp", headroom, 2]),
    ...[256, 256].map((headroom) => ["xdp", headroom, 4]),
  ]);
});

it("is a condition of scaling: several workers are set against one of the same", () => {
  const factors = rows.flatMap((row) => scalingOf(row, rows)?.factor ?? []);
  expect(factors).toEqual([2, 2, 2, 2, 2, 2]);
  const alone = rows.filter((row) => row.workers > 1 || headroomOf(row) === 0);
  const withHeadroom = alone.filter((row) => row.workers > 1 && headroomOf(row) === 256);
  expect(withHeadroom.map((row) => scalingOf(row, alone)!.factor)).toEqual([null, null, null]);
});

it("is a column of every table, with its words", () => {
  for (const csv of [toCsv(rows), toLongCsv(rows), toWideCsv(rows)]) {
    expect(csv.split("\r\n")[0]).toContain(",headroom,");
  }
  expect(toWideCsv(rows).trimEnd().split("\r\n")).toHaveLength(1 + 2 * 2);
  expect(toOpenMetrics(rows)).toContain('headroom="256"');
  expect(columnsPage()).toContain("| `headroom` | number | Bytes in front of a frame. |");
  expect(JSON.stringify(rowJsonSchema())).toContain('"headroom"');
  for (const table of [resultsTable(), longTable()]) {
    expect((table as { fields: { name: string }[] }).fields).toContainEqual(
      expect.objectContaining({ name: "headroom", type: "number" }),
    );
  }
});

it("sets panels apart, and is in the heads of tables", () => {
  const [group] = groupRows(rows);
  expect(group!.panels.map(({ label }) => label)).toEqual([
    "window 64, flows 1, workers 1, headroom 0",
    "window 64, flows 2, workers 2, headroom 0",
    "window 64, flows 1, workers 1, headroom 256",
    "window 64, flows 2, workers 2, headroom 256",
  ]);
  expect(formatTable(rows)).toContain(
    "64-byte frames, window 64, flows 1, workers 1, headroom 256",
  );
  expect(formatMarkdown(rows, run)).toContain("| flows | workers | headroom | p10 |");
});

it("has figures along it, and is fixed where a figure is drawn along another", () => {
  const { page, figures } = buildReport({ run, events }, rows);
  expect(page).toContain("By bytes of headroom");
  expect(figures.map(({ file }) => file)).toContain("by-headroom-virtual-host-wall-xdp.svg");
});

it("is not listed as a difference of two runs, since their cells name it", () => {
  const told = (headrooms: number[]) => {
    const made = { ...run, config: [{ ...config[0]!, headrooms }] };
    return { run: storedRun(made), rows: rows as Row[], samples: () => new Map(), notes: [] };
  };
  expect(compareRuns([told([0]), told([0, 256])]).differences).toEqual([]);
});

it("reaches the trial, and the rows of a run from its config on", async () => {
  const fields = { headrooms: [0, 256], samples: 10, warmUpFrames: 0, workers: [1] };
  const made = await runFake({ ...section, ...fields } as ConfigInput, {
    cost: (order) => costOf(order as unknown as { path: string; headroom: number }),
  });
  const trials = made.orders.filter(({ role }) => role === "closed-loop").map(headroomOf);
  expect(trials).toEqual([0, 0, 0, 256, 256, 256]);
  expect(made.rows.map((row) => [headroomOf(row), row.p50])).toEqual([
    ...[800, 800, 400].map((cost) => [0, cost]),
    ...[800, 800, 200].map((cost) => [256, cost]),
  ]);
  expect(made.read("results.csv")).toContain(",headroom,");
});
