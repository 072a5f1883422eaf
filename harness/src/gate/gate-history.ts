/**
 * `history.csv`: one line per gate, one column per cell, in the form that Apache Otava reads:
 * `time`, a `branch`, attributes, metrics.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { readEnvironment } from "../environment/environment.ts";
import { nameRevision, readOwnBranch } from "../environment/own-revision.ts";
import { makeFolder, writeWhole } from "../files/files.ts";
import { cellToday } from "../paths/earlier-names.ts";
import type { GateRow } from "./counted/gate-row.ts";
import type { GateResult } from "./verdict.ts";

/** Attributes of a point; Otava shows them beside a change point. */
export const attributes = ["time", "branch", "commit", "kernel", "qemu", "node"] as const;
type Attribute = (typeof attributes)[number];

export interface Point {
  readonly attributes: Readonly<Record<Attribute, string>>;
  /** p10 by cell; a cell that was not measured has none. */
  readonly figures: ReadonlyMap<string, number>;
}

/** @throws IopathError, exit status 5, when the file is no history or was cut */
export function readHistory(file: string): Point[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const remedy = "move it away: the next gate begins a new one";
  if (text !== "" && !text.endsWith("\n")) {
    throw new IopathError(ExitStatus.input, `${file} is cut off in its last line`, { remedy });
  }
  let records: Record<string, string>[];
  try {
    records = parse(text, { columns: true });
  } catch (cause) {
    const message = `${file} is no whole CSV: ${(cause as Error).message}`;
    throw new IopathError(ExitStatus.input, message, { remedy });
  }
  const missing = attributes.filter((name) => records[0] && !(name in records[0]));
  if (missing.length === 0) return records.map(toPoint);
  const message = `${file} has no column ${missing.join(", ")}`;
  throw new IopathError(ExitStatus.input, message, { remedy });
}

function toPoint(record: Record<string, string>): Point {
  const told = attributes.map((name) => [name, record[name]!] as const);
  const figures = Object.entries(record)
    .filter(([name, field]) => !(attributes as readonly string[]).includes(name) && field !== "")
    .map(([name, field]) => [cellToday(name), Number(field)] as const)
    .filter(([, figure]) => Number.isFinite(figure));
  return {
    attributes: Object.fromEntries(told) as Record<Attribute, string>,
    figures: new Map(figures),
  };
}

/**
 * A cell that came later has empty fields before; the file is replaced as a whole or not at all.
 */
export function formatHistory(points: readonly Point[]): string {
  const cells = [...new Set(points.flatMap(({ figures }) => [...figures.keys()]))];
  const records = points.map((point) => ({
    ...point.attributes,
    ...Object.fromEntries(cells.map((cell) => [cell, point.figures.get(cell) ?? ""])),
  }));
  return stringify(records, { header: true, columns: [...attributes, ...cells] });
}

/** A gate without figures adds nothing. */
export function appendHistory(file: string, point: Point): void {
  if (point.figures.size === 0) return;
  makeFolder(dirname(file));
  writeWhole(file, formatHistory([...readHistory(file), point]));
}

/** A gate on instructions. */
export function pointOfRows(rows: readonly GateRow[]): Point {
  const measured = rows.filter(({ p10 }) => p10 !== null);
  const { started_at = "", revision = "", kernel = "", qemu = "", node = "" } = measured[0] ?? {};
  return {
    attributes: { time: started_at, branch: currentBranch(), commit: revision, kernel, qemu, node },
    figures: new Map(measured.map(({ cell, p10 }) => [cell, p10!])),
  };
}

/**
 * A gate by the wall clock: the candidate's cost. Such gates are a series of their own, marked
 * in the branch, since Otava reads no empty field and tells lines apart by their branch.
 */
export function pointOfLanes({ cells, startedAt }: GateResult): Point {
  const { kernel, node, ...environment } = readEnvironment();
  const commit = nameRevision(environment);
  const branch = `${currentBranch()}${wallSuffix}`;
  return {
    attributes: { time: startedAt, branch, commit, kernel, qemu: "", node },
    figures: new Map(
      cells.flatMap(({ cell, candidate }) => (candidate ? [[cell, candidate]] : [])),
    ),
  };
}

const wallSuffix = "@wall";

/** A pull request's checkout has no branch; the CI server names it. */
function currentBranch(): string {
  const told = process.env.GITHUB_HEAD_REF || process.env.GITHUB_REF_NAME;
  return told || readOwnBranch();
}
