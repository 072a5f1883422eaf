import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { glanceOf, namesOfCheapest } from "../../src/rows/glance.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());
const xdp = rows.filter(({ path }) => path === "xdp");
const variant = (name: string, change: (row: Row) => Partial<Row>) =>
  xdp.map((row): Row => ({ ...row, variant: name, cell: `${name}/${row.cell}`, ...change(row) }));

/** What the rows of such a variant say. */
const timesAsDear = (factor: number) => (row: Row) => ({
  p50: row.p50! * factor,
  speedup_over_reference: row.speedup_over_reference! / factor,
  speedup_low: row.speedup_low! / factor,
  speedup_high: row.speedup_high! / factor,
});

function glance(more: readonly Row[] = []) {
  const [group] = groupRows([...rows, ...more]);
  return glanceOf(group!);
}

describe("a glance", () => {
  it("has a line per path, at the smallest size and the highest window", () => {
    const { lines, scope, filter } = glance()!;
    expect(lines.map(({ path }) => path)).toEqual(["kernel-sockets", "xdp"]);
    expect(scope).toBe("64 bytes · window 64 · ns/frame");
    expect(filter).toContain("frame_bytes=64 window=64");
    expect(lines[1]!.best).toMatchObject({ frame_bytes: 64, window: 64 });
  });

  it("names the variant that costs least", () => {
    const cheaper = variant("zero-copy", timesAsDear(0.5));
    const dearer = variant("generic", timesAsDear(2));
    const [, line] = glance([...dearer, ...cheaper])!.lines;
    expect(line!.best!.variant).toBe("zero-copy");
    expect(namesOfCheapest(line!)).toBe("zero-copy");
    expect(line!.variants).toHaveLength(3);
  });

  it("names all variants that can't be told apart from the cheapest", () => {
    const unsure = (row: Row) => ({ ...timesAsDear(1.01)(row), speedup_high: 2.1 });
    const [, line] = glance([
      ...variant("tc", unsure),
      ...variant("generic", timesAsDear(2)),
    ])!.lines;
    expect(namesOfCheapest(line!)).toBe("native, tc");
  });

  it("leaves out what crosses no device, where anything does", () => {
    const standIn = variant("memory", () => ({ p50: 1, stand_in: "no device" }));
    expect(glance(standIn)!.lines[1]!.best!.variant).toBe("native");
    const others = rows.filter(({ path }) => path !== "xdp");
    const [group] = groupRows([...others, ...standIn]);
    expect(glanceOf(group!)!.lines[1]!.best!.variant).toBe("memory");
  });

  it("says why a path has no figure", () => {
    const others = rows.filter(({ path }) => path !== "xdp");
    const skipped = variant("native", () => ({ status: "skipped", p50: null }));
    const [group] = groupRows([...others, ...skipped]);
    expect(glanceOf(group!)!.lines[1]).toMatchObject({ best: undefined, missing: "skipped" });
  });

  it("leaves out the tester alone", () => {
    const [group] = groupRows(rows.filter(({ path }) => path === "tester-only"));
    expect(glanceOf(group!)).toBeUndefined();
  });
});
