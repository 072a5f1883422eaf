import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { appendHistory, readHistory } from "../../src/gate/history.ts";
import { cells, row, rows } from "./rows-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-history-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the history", () => {
  const file = join(folder, "history.csv");

  it("gets a line a gate, with a column a cell", () => {
    appendHistory(file, rows());
    appendHistory(file, rows(1.5));
    const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(head).toBe(`time,branch,commit,kernel,qemu,node,${Object.values(cells).join(",")}`);
    expect(lines).toHaveLength(2);
    expect(readHistory(file)[1]!.figures.get(cells.xdp)).toBe(10_173);
  });

  it("leaves empty what was not measured, before a cell came and after it went", () => {
    appendHistory(file, [row("xdp/tc", 5), row(cells.xdp, null)]);
    const points = readHistory(file);
    expect(points.map(({ figures }) => figures.get("xdp/tc"))).toEqual([undefined, undefined, 5]);
    expect(points[2]!.figures.has(cells.xdp)).toBe(false);
  });

  it("that was cut is refused and left as it is", () => {
    const cut = readFileSync(file, "utf8").slice(0, -5);
    writeFileSync(file, cut);
    expect(() => appendHistory(file, rows())).toThrow(/cut off in its last line/);
    expect(readFileSync(file, "utf8")).toBe(cut);
  });

  it("that is another file is refused", () => {
    const other = join(folder, "other.csv");
    writeFileSync(other, "a,b\n1,2\n");
    expect(() => appendHistory(other, rows())).toThrow(/has no column time, branch/);
  });
});
