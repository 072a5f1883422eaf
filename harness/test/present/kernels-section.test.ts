/** What the page shows of a run whose guests booted several kernels. */
import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { paths } from "../../src/paths/all.ts";
import { labOf } from "../../src/paths/labs.ts";
import { ownTesterPaths, testerOnly } from "../../src/paths/loaders.ts";
import {
  kernelFigure,
  kernelFigureLessTester,
  shortNames,
} from "../../src/present/figures/kernel-figure.ts";
import { kernelsMarkdown } from "../../src/present/kernels-markdown.ts";
import { kernelsSection } from "../../src/present/page/kernels-section.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { kernelSets, lessTester, testerShares } from "../../src/rows/kernel-sets.ts";
import { wholeRun } from "../journal-fixture.ts";

/** Rows of one window and size, as a guest with that kernel would have them. */
function rowsOn(kernel: string, release: string, factor: number): Row[] {
  return deriveRows(wholeRun())
    .filter((row) => row.window === 64 && row.frame_bytes === 64)
    .map((row) => ({
      ...row,
      ...({ place: "guest", machine: "igb", class: "emulated", clock: "instructions" } as const),
      ...{ unit: "instructions/frame" as const, guest_kernel: kernel, kernel: release },
      cell: `guest/igb/${kernel}/${row.cell}`,
      p50: row.p50 === null ? null : row.p50 * factor,
    }));
}

const old = rowsOn("", "6.1.0-50-amd64", 1);
const fresh = rowsOn("debian:7.3", "7.3.4+deb13-amd64", 1.5);
const sectionOf = (...rows: Row[]) => kernelsSection(groupRows(rows));

describe("cells by kernel", () => {
  it("are the same cells on each kernel, the tester alone first", () => {
    const [set, ...others] = kernelSets(groupRows([...old, ...fresh]));
    expect(others).toEqual([]);
    expect(set!.kernels).toEqual([
      { name: "debian", release: "6.1.0-50-amd64" },
      { name: "debian:7.3", release: "7.3.4+deb13-amd64" },
    ]);
    expect(set!.lines[0]!.path).toBe("tester-only");
    for (const { rows } of set!.lines) expect(rows[1]!.p50! / rows[0]!.p50!).toBeCloseTo(1.5);
  });

  it("have a gap where a kernel has no figure of one", () => {
    const lacking = fresh.map((row) => (row.path === "xdp" ? { ...row, p50: null } : row));
    const [set] = kernelSets(groupRows([...old, ...lacking]));
    const line = set!.lines.find(({ path }) => path === "xdp")!;
    expect(line.rows.map((row) => row !== undefined)).toEqual([true, false]);
  });

  it("are left out for a run with one kernel, and for rows of the host", () => {
    expect(sectionOf(...old)).toEqual({ markup: undefined, figures: [] });
    expect(sectionOf(...deriveRows(wholeRun())).figures).toEqual([]);
  });

  it("of other clocks and machines are sets of their own", () => {
    const wall = [...old, ...fresh].map((row) => ({ ...row, machine: "virtio-sriov" }));
    const sets = kernelSets(groupRows([...old, ...fresh, ...wall]));
    expect(sets.map(({ label }) => label)).toEqual([
      expect.stringContaining("guest igb"),
      expect.stringContaining("guest virtio-sriov"),
    ]);
  });
});

describe("the section by kernel", () => {
  it("has a figure of the cells, one of what they add to the tester, and both as a table", () => {
    const { markup, figures } = sectionOf(...old, ...fresh);
    expect(figures.map(({ file }) => file)).toEqual([
      expect.stringMatching(/^by-kernel-igb-.*\.svg$/),
      expect.stringMatching(/^by-kernel-less-tester-igb-.*\.svg$/),
    ]);
    expect(figures[0]!.description).toMatch(/xdp native 6\.1\.0-50: [\d,]+, 7\.3\.4: [\d,]+\./);
    expect(markup!.text).toContain("(+50.00 %)");
    expect(markup!.text).toContain("less the tester");
  });

  it("writes the names of many kernels slantwise, of a few side by side", () => {
    const versions = ["12", "13", "14", "15", "16", "17", "18"];
    const many = versions.flatMap((minor) =>
      rowsOn(`debian:6.${minor}`, `6.${minor}.117+deb13-amd64`, 1),
    );
    const drawnOf = (rows: Row[]) => kernelFigure(kernelSets(groupRows(rows))[0]!).body;
    expect(drawnOf([...old, ...many])).toContain("rotate(-35)");
    expect(drawnOf([...old, ...fresh])).not.toContain("rotate(-35)");
  });

  it("has one figure alone where the tester was not measured", () => {
    const without = [...old, ...fresh].filter(({ path }) => path !== "tester-only");
    expect(kernelFigureLessTester(kernelSets(groupRows(without))[0]!)).toBeUndefined();
    expect(sectionOf(...without).markup!.text).not.toContain("Less the tester");
  });
});

describe("less the tester", () => {
  const ofCard = (rows: Row[]) =>
    rows.map((row) => (row.path === "xdp" ? { ...row, path: "sriov-vf" } : row));
  const known = (costs: readonly (number | undefined)[]) =>
    costs.some((cost) => cost !== undefined);

  it("is a cell's cost by the share that the tester has not", () => {
    const [set] = kernelSets(groupRows([...old, ...fresh]));
    const line = set!.lines.find(({ path }) => path === "xdp")!;
    const shares = testerShares(set!, line);
    for (const [i, less] of lessTester(set!, line).entries()) {
      expect(less! / (1 - shares[i]!)).toBeCloseTo(line.rows[i]!.p50!);
    }
  });

  it("is not known of a path whose frames come from another tester", () => {
    const [set] = kernelSets(groupRows([...ofCard(old), ...ofCard(fresh)]));
    const line = set!.lines.find(({ path }) => path === "sriov-vf")!;
    expect(known(lessTester(set!, line))).toBe(false);
    expect(known(testerShares(set!, line))).toBe(false);
  });

  it("knows every path of ours that is measured in labs of its own alone", () => {
    const own = paths.filter(({ name, variants }) =>
      variants.every((variant) => labOf(name, variant.name) !== labOf(testerOnly, "")),
    );
    expect(own.map(({ name }) => name)).toEqual(ownTesterPaths);
    const others = paths.filter(({ name }) => !ownTesterPaths.includes(name));
    for (const { name, variants } of others) {
      for (const variant of variants) {
        expect(labOf(name, variant.name)).toBe(labOf(testerOnly, ""));
      }
    }
  });
});

describe("the kernels of a run in Markdown", () => {
  const textOf = (...rows: Row[]) => kernelsMarkdown(groupRows(rows)).join("\n");

  it("are a table as measured, and one less the tester with its share", () => {
    const text = textOf(...old, ...fresh);
    expect(text.match(/^\| path \| 6\.1\.0-50 \| 7\.3\.4 \|$/gm)).toHaveLength(2);
    expect(text).toMatch(/^\| tester-only \| [\d,]+ \| [\d,]+, \+50\.00 % \|$/m);
    expect(text).toMatch(/^\| xdp native \| [\d,]+ \([\d.]+ %\) \| .*\+50\.00 % \([\d.]+ %\) \|$/m);
  });

  it("say where a kernel has no figure, and nothing of one kernel alone", () => {
    const lacking = fresh.map((row) => (row.path === "xdp" ? { ...row, p50: null } : row));
    expect(textOf(...old, ...lacking)).toMatch(/^\| xdp native \| [\d,]+ \| – \|$/m);
    expect(kernelsMarkdown(groupRows(old))).toEqual([]);
  });
});

describe("short names", () => {
  it("are versions, marked where they are PREEMPT_RT, and whole where two would be alike", () => {
    const kernel = (name: string, release: string) => ({ name, release });
    expect(
      shortNames([
        kernel("debian", "6.1.0-50-amd64"),
        kernel("debian:7.3", "7.3.4+deb13-amd64"),
        kernel("debian:7.3-rt", "7.3.4+deb13-rt-amd64"),
        kernel("my-linux", "7.3.4"),
        kernel("debian:6.12.90+deb12-amd64", "6.12.90+deb12-amd64"),
        kernel("debian:6.12.90+deb12.1-amd64", "6.12.90+deb12.1-amd64"),
      ]),
    ).toEqual([
      ...["6.1.0-50", "7.3.4", "7.3.4-rt", "my-linux"],
      ...["debian:6.12.90+deb12-amd64", "debian:6.12.90+deb12.1-amd64"],
    ]);
  });
});
