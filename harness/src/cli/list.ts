/** `iopath list`: the cells that a run would measure. */
import Table from "cli-table3";
import type { Cell } from "../matrix/cell.ts";
import { nullPath, paths } from "../paths/all.ts";
import { plainBorders } from "../present/terminal/table.ts";

export function formatCells(cells: readonly Cell[]): string {
  const table = new Table({
    head: ["cell", "what it is"],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  for (const cell of cells) table.push([cell.id, summaryOf(cell)]);
  return `${table.toString()}\n${cells.length} cells`;
}

function summaryOf({ path, variant }: Cell): string {
  if (path === nullPath) return "tester straight to tester: what the measuring itself costs";
  const found = paths
    .find(({ name }) => name === path)
    ?.variants.find(({ name }) => name === variant);
  return found?.summary ?? "";
}
