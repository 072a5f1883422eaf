import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  appendHistory,
  pointOfLanes,
  pointOfRows,
  readHistory,
} from "../../src/gate/gate-history.ts";
import type { GateResult } from "../../src/gate/verdict.ts";
import { cells, row, rows } from "./rows-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-history-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the history", () => {
  const file = join(folder, "history.csv");

  it("gets a line per gate, with a column per cell", () => {
    appendHistory(file, pointOfRows(rows()));
    appendHistory(file, pointOfRows(rows(1.5)));
    const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(head).toBe(`time,branch,commit,kernel,qemu,node,${Object.values(cells).join(",")}`);
    expect(lines).toHaveLength(2);
    expect(readHistory(file)[1]!.figures.get(cells.xdp)).toBe(10_173);
  });

  it("leaves empty what was not measured, before a cell came and after it went", () => {
    appendHistory(file, pointOfRows([row("xdp/tc", 5), row(cells.xdp, null)]));
    const points = readHistory(file);
    expect(points.map(({ figures }) => figures.get("xdp/tc"))).toEqual([undefined, undefined, 5]);
    expect(points[2]!.figures.has(cells.xdp)).toBe(false);
  });

  it("has gates by the wall clock as a branch of their own", () => {
    const gate = { clock: "wall", startedAt: "2026-11-25T03:00:00.000Z" };
    const measured = { cell: cells.xdp, candidate: 2028.5 };
    const result = { ...gate, cells: [measured, { cell: "xdp/tc", candidate: null }] };
    const point = pointOfLanes(result as unknown as GateResult);
    expect(point.attributes.branch).toMatch(/.@wall$/);
    expect([...point.figures]).toEqual([[cells.xdp, 2028.5]]);
  });

  it("that was cut is refused and left as it is", () => {
    const cut = readFileSync(file, "utf8").slice(0, -5);
    writeFileSync(file, cut);
    expect(() => appendHistory(file, pointOfRows(rows()))).toThrow(/cut off in its last line/);
    expect(readFileSync(file, "utf8")).toBe(cut);
  });

  it("that is another file is refused", () => {
    const other = join(folder, "other.csv");
    writeFileSync(other, "a,b\n1,2\n");
    expect(() => appendHistory(other, pointOfRows(rows()))).toThrow(/has no column time, branch/);
  });
});
