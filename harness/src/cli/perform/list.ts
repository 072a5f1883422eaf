/** `iopath list` and `iopath run --dry-run`: the cells that a run would measure, and how. */
import { nameOfPlace } from "@iopath/lab";
import { type Cell, expandMatrix } from "../../matrix/cell.ts";
import type { Section } from "../../matrix/section.ts";
import { findPath, findVariant, testerOnly } from "../../paths/all.ts";
import { plainTable } from "../../present/terminal/plain-table.ts";
import { cut, screenOf } from "../../present/terminal/screen.ts";
import type { ListPlan } from "../plan.ts";

export function performList({ config, json, run }: ListPlan): number {
  const cells = expandMatrix(config);
  if (json) {
    process.stdout.write(`${JSON.stringify(cells, null, 2)}\n`);
    return 0;
  }
  const sections = config.map((section, index) => describeSection(section, index, cells));
  const out = run ? [`results would go to ${run.out}`] : [];
  const { width } = screenOf(process.stdout);
  process.stdout.write(`${[formatCells(cells, width), ...sections, ...out].join("\n")}\n`);
  return 0;
}

/** Less room than this for what a cell is says nothing. */
const summaryCellsMin = 16;

/**
 * What a cell is, is cut or left out where it does not fit; ids never are, since flags are made of
 * them.
 */
function formatCells(cells: readonly Cell[], width: number): string {
  const longest = Math.max(...cells.map(({ id }) => id.length));
  if (width < longest + summaryCellsMin) {
    return [...cells.map(({ id }) => id), `${cells.length} cells`].join("\n");
  }
  const rows = cells.map((cell) => [cell.id, summaryOf(cell)]);
  const lines = plainTable(["cell", "what it is"], rows);
  return [...lines.map((line) => cut(line, width)), `${cells.length} cells`].join("\n");
}

/** "host: 92 cells, 3 rounds, 1,000 windows sampled per trial" */
function describeSection(section: Section, index: number, cells: readonly Cell[]): string {
  const { rounds, samples, planted } = section;
  const count = cells.filter((cell) => cell.section === index).length;
  const work = planted ? `, with planted ${planted.kind} ${planted.count}` : "";
  const each = `${rounds} ${rounds === 1 ? "round" : "rounds"}`;
  const windows = `${samples.toLocaleString("en-US")} windows sampled per trial`;
  return `${nameOfPlace(section.place)}: ${count} cells, ${each}, ${windows}${work}`;
}

function summaryOf({ path, variant }: Cell): string {
  if (path === testerOnly) return "tester straight to tester: what the measuring itself costs";
  return findVariant(findPath(path), variant).summary;
}
