import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { seriesFigures, seriesOf } from "../../src/present/figures/series-figure.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());
const like = (change: Partial<Row>): Row[] =>
  rows.map((row) => ({ ...row, ...change, cell: `${JSON.stringify(change)}/${row.cell}` }));
const seriesAmong = (among: readonly Row[]) => seriesOf(groupRows(among)[0]!);

describe("figures along an axis", () => {
  it("are drawn of what has several values, the others at their usual one", () => {
    const [series, ...others] = seriesAmong(rows);
    expect(others).toEqual([]);
    expect(series!).toMatchObject({
      knob: { column: "frame_bytes", label: "frame size in bytes" },
      values: [64, 512],
      fixed: "window 64",
      filter: "class=virtual place=host clock=wall window=64",
    });
    expect(series!.rows).toHaveLength(3 * 2);
  });

  it("hold the number of workers, though no figure is drawn along it", () => {
    const all = [...rows, ...like({ workers: 2, flows: 2 }), ...like({ flows: 1000 })];
    const along = seriesAmong(all);
    expect(along.map(({ knob }) => knob.column)).toEqual(["frame_bytes", "flows"]);
    const flows = along[1]!;
    expect(flows.fixed).toBe("frame bytes 64, window 64, workers 1");
    expect(new Set(flows.rows.map(({ workers }) => workers))).toEqual(new Set([1]));
    expect(flows.values).toEqual([1, 1000]);
  });

  it("ask for three windows, since two stand side by side already", () => {
    const three = seriesAmong([...rows, ...like({ window: 16 })]);
    expect(three.map(({ knob }) => knob.column)).toContain("window");
    expect(seriesAmong(rows).map(({ knob }) => knob.column)).not.toContain("window");
  });

  it("have the tester alone at every burst, and no mixes", () => {
    const bursts = like({ burst: 256 }).filter(({ path }) => path !== "tester-only");
    const mixes = like({ frame_mix: "imix", frame_bytes: 354 });
    const along = seriesAmong([...rows, ...bursts, ...mixes]);
    expect(along.map(({ knob }) => knob.column)).toEqual(["frame_bytes", "burst"]);
    const [sizes] = along;
    expect(sizes!.values).toEqual([64, 512]);
    expect(sizes!.fixed).toBe("window 64, burst 256");
    expect(sizes!.rows.filter(({ path }) => path === "tester-only")).toHaveLength(2);
  });

  it("leave out cells without a figure, and are one per path", () => {
    const cut = rows.map((row) =>
      row.path === "xdp" && row.frame_bytes === 512 ? { ...row, p50: null } : row,
    );
    const group = groupRows(cut)[0]!;
    const [series] = seriesOf(group);
    expect(series!.rows).toHaveLength(5);
    const figures = seriesFigures(group, series!);
    expect(figures.map(({ path }) => path)).toEqual(["kernel-sockets", "xdp"]);
    expect(figures[1]!.figure.description).toContain("xdp native 64: 55.");
  });
});
