/** How cells developed over the published runs of one machine. Pure. */
import { groupRows } from "../rows/groups.ts";
import type { Row } from "../rows/row.ts";
import type { PublishedRun } from "./published.ts";

/** Runs whose figures can be set in one line: of one machine, one class, place and clock. */
export interface History {
  readonly host: string;
  /** "virtual · place host · clock wall" */
  readonly label: string;
  readonly unit: Row["unit"];
  /** Oldest first. */
  readonly runs: readonly PublishedRun[];
  readonly cells: readonly CellHistory[];
}

export interface CellHistory {
  readonly cell: string;
  readonly first: Row;
  /** Its median in each of the runs; null where it was not measured. */
  readonly medians: readonly (number | null)[];
}

/** Only of machines with two runs or more: one run alone is its own page. */
export function historiesOf(published: readonly PublishedRun[]): History[] {
  const oldestFirst = [...published].reverse();
  const byHost = Map.groupBy(oldestFirst, ({ host }) => host);
  return [...byHost].flatMap(([host, runs]) => {
    const rows = runs.flatMap((run) => run.rows);
    return groupRows(rows).flatMap((group) => {
      const members = runs.filter((run) => run.rows.some((row) => group.rows.includes(row)));
      if (members.length < 2) return [];
      const cells = cellsOf(group.rows, members);
      return [{ host, label: group.label, unit: group.first.unit, runs: members, cells }];
    });
  });
}

function cellsOf(rows: readonly Row[], runs: readonly PublishedRun[]): CellHistory[] {
  const byCell = Map.groupBy(rows, ({ cell }) => cell);
  return [...byCell].flatMap(([cell, members]) => {
    const byRun = new Map(members.map((row) => [row.run_id, row.p50]));
    const medians = runs.map(({ run }) => byRun.get(run.runId) ?? null);
    const measured = medians.filter((median) => median !== null);
    return measured.length < 2 ? [] : [{ cell, first: members[0]!, medians }];
  });
}

/** Newest median divided by the oldest: above 1, the cell became slower. */
export function changeOf({ medians }: CellHistory): number | null {
  const measured = medians.filter((median) => median !== null);
  const [oldest, newest] = [measured[0], measured.at(-1)];
  return oldest && newest ? newest / oldest : null;
}
