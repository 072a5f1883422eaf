/** CPU time per frame in user space and in the kernel, and the system calls. */
import * as Plot from "@observablehq/plot";
import { max } from "simple-statistics";
import { type Group, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure } from "../number-format.ts";
import { colorOf, type Figure } from "./figure.ts";
import { type CellLine, cellLines, linesOf } from "./lines.ts";
import { linesFigure } from "./lines-figure.ts";
import { linearAxis } from "./scale.ts";

/** Undefined where no row of these has CPU time. */
export function effortFigure(group: Group, rows: readonly Row[], slug: string): Figure | undefined {
  const counted = rows.filter((row) => userOf(row) !== null);
  if (counted.length === 0) return undefined;
  const lines = linesOf(counted);
  const highest = max(counted.map((row) => userOf(row)! + systemOf(row)!));
  return linesFigure({
    text: {
      slug: `cpu-${slug}`,
      title: `CPU time and system calls per frame (${group.label})`,
      description: describe(counted),
    },
    lines,
    axis: linearAxis(highest),
    marginRight: 150,
    marks: barMarks(cellLines(lines)),
    columns: [
      { heading: "user", at: 48, text: (row) => formatFigure(userOf(row)!) },
      { heading: "kernel", at: 98, text: (row) => formatFigure(systemOf(row)!) },
      { heading: "calls", at: 148, text: callsOf, quiet: true },
    ],
  });
}

/**
 * Nanoseconds per frame over the sampled windows, tester included; null where nothing was counted.
 */
function userOf(row: Row): number | null {
  return perFrame(row, row.cpu_user_us);
}

function systemOf(row: Row): number | null {
  return perFrame(row, row.cpu_system_us);
}

function perFrame({ samples, window }: Row, microseconds: number | null): number | null {
  const frames = samples * window;
  return microseconds === null || frames === 0 ? null : (microseconds * 1000) / frames;
}

function callsOf({ syscalls_per_frame: calls }: Row): string {
  if (calls === null) return "–";
  return calls === 0 || calls >= 0.1 ? calls.toFixed(1) : calls.toFixed(3);
}

/** User space full, the kernel in outline: told apart without colour. */
function barMarks(cells: readonly CellLine[]): Plot.Markish[] {
  const inset = { insetTop: 5, insetBottom: 5, y: "id" } as const;
  const color = ({ path }: CellLine) => colorOf(path);
  return [
    Plot.barX(cells, { ...inset, x1: 0, x2: ({ row }: CellLine) => userOf(row), fill: color }),
    Plot.barX(cells, {
      ...inset,
      x1: ({ row }: CellLine) => userOf(row),
      x2: ({ row }: CellLine) => userOf(row)! + systemOf(row)!,
      fill: color,
      fillOpacity: 0.18,
      stroke: color,
      strokeWidth: 1,
    }),
  ];
}

function describe(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const [user, system] = [formatFigure(userOf(row)!), formatFigure(systemOf(row)!)];
    return `${nameOf(row)} ${user} in user space, ${system} in the kernel, ${callsOf(row)} system calls`;
  });
  return `Nanoseconds of CPU time per frame, tester included: ${cells.join("; ")}.`;
}
