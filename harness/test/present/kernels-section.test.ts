/** What the page shows of a run whose guests booted several kernels. */
import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { kernelFigureLessTester, shortNames } from "../../src/present/figures/kernel-figure.ts";
import { kernelsSection } from "../../src/present/page/kernels-section.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { kernelSets } from "../../src/rows/kernel-sets.ts";
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

  it("has one figure alone where the tester was not measured", () => {
    const without = [...old, ...fresh].filter(({ path }) => path !== "tester-only");
    expect(kernelFigureLessTester(kernelSets(groupRows(without))[0]!)).toBeUndefined();
    expect(sectionOf(...without).markup!.text).not.toContain("Less the tester");
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
