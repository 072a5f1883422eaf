/** The gate of one kernel against another: rows of both are given, nothing boots. */
import { IopathError } from "@iopath/contract";
import { describe, expect, it } from "vitest";
import { gateKernels, type KernelRow } from "../../../src/gate/kernels/gate-kernels.ts";
import { thresholdsSchema } from "../../../src/gate/thresholds.ts";
import { gateStatus } from "../../../src/gate/verdict.ts";
import { expandMatrix } from "../../../src/matrix/cell.ts";
import { checkConfig } from "../../../src/matrix/config.ts";
import type { ProfiledCell } from "../../../src/run/profile-cells.ts";
import { row } from "../rows-fixture.ts";

const kernels = { baseline: "debian", candidate: "debian:7.3" };
const config = checkConfig(
  {
    ...{ place: "guest", clock: "instructions", frameBytes: [64], windows: [64] },
    kernels: Object.values(kernels),
    paths: { xdp: ["native", "tc"] },
  },
  "test",
);
const ids = expandMatrix(config).map(({ id }) => id);
const [native, tc] = ids.filter((id) => !id.includes("debian:7.3")) as [string, string];
const releases: Readonly<Record<string, string>> = { "": "6.1.0-50", "debian:7.3": "7.3.4+deb13" };

/** A row of the kernel that its id names. */
function rowOf(id: string, p10: number | null, changes: Partial<KernelRow> = {}): KernelRow {
  const label = id.includes("debian:7.3") ? "debian:7.3" : "";
  const known = { guest_kernel: label, kernel: releases[label]!, kernel_config: "" };
  return { ...row(id, p10), ...known, ...changes };
}

/** What `native` and `tc` cost on each kernel. */
function rowsOf(before: readonly (number | null)[], after: readonly (number | null)[]) {
  const figures = [...before, ...after];
  return ids.map((id, i) => rowOf(id, figures[i]!));
}

const asked: string[] = [];
const profileOf =
  (costs: (kernel: string) => number) =>
  async (sections: typeof config): Promise<ProfiledCell[]> =>
    expandMatrix(sections).map((cell) => {
      asked.push(cell.id);
      const frames = [{ name: "veth_xmit", object: "[veth]" }];
      const count = costs(cell.id.includes("debian:7.3") ? "debian:7.3" : "debian");
      return {
        cell,
        profile: { cell: cell.id, window: 1, p50: count, stacks: [{ frames, count }] },
      };
    });

interface Given {
  readonly rows: readonly KernelRow[];
  readonly profile?: Parameters<typeof gateKernels>[1]["profile"];
}

function gate({ rows, profile = async () => [] }: Given) {
  const thresholds = thresholdsSchema.parse({});
  return gateKernels({ kernels, config, thresholds }, { measure: async () => rows, profile });
}

describe("a gate of two kernels", () => {
  it("judges each cell by the same cell on the other kernel", async () => {
    const found = await gate({ rows: rowsOf([1000, 2000], [1005, 1900]) });
    expect(found.cells).toMatchObject([
      { cell: native, baseline: 1000, candidate: 1005, verdict: "pass" },
      { cell: tc, baseline: 2000, candidate: 1900, verdict: "improvement" },
    ]);
    expect(found.baseline).toBe("kernel debian (6.1.0-50)");
    expect(found.candidate).toBe("kernel debian:7.3 (7.3.4+deb13)");
    expect(found.differences).toEqual([]);
  });

  it("does not compare what was counted by another QEMU", async () => {
    const [first, ...others] = rowsOf([1000, 2000], [1000, 2000]);
    const found = await gate({ rows: [{ ...first!, qemu: "9.0" }, ...others] });
    expect(found.cells[0]).toMatchObject({
      verdict: "inconclusive",
      reason: expect.stringContaining("another QEMU"),
    });
  });

  it("names the functions that a cell got dearer by, of the cells that did", async () => {
    asked.length = 0;
    const profile = profileOf((kernel) => (kernel === "debian" ? 200 : 320));
    const found = await gate({ rows: rowsOf([1000, 2000], [1120, 2000]), profile });
    expect(found.cells.map(({ functions }) => functions)).toEqual([
      [{ name: "veth_xmit", object: "[veth]", baseline: 200, candidate: 320 }],
      undefined,
    ]);
    expect(asked).toContain(native);
    expect(asked).toContain(ids[2]);
  });

  it("profiles nothing when no cell got dearer", async () => {
    asked.length = 0;
    await gate({ rows: rowsOf([1000, 2000], [1000, 2000]), profile: profileOf(() => 1) });
    expect(asked).toEqual([]);
  });

  it("keeps its verdicts where no profile can be made, and says why", async () => {
    const profile = async () => {
      throw new IopathError(2, "no gcc");
    };
    const found = await gate({ rows: rowsOf([1000, 2000], [1120, 2000]), profile });
    expect(found.cells[0]!.verdict).toBe("regression");
    expect(found.notes.join()).toContain("no functions can be named: no gcc");
  });
});

describe("what could not be measured", () => {
  it("is missing on the kernel that is judged", async () => {
    const found = await gate({ rows: rowsOf([1000, 2000], [1000, null]) });
    expect(found.cells[1]).toMatchObject({ cell: tc, verdict: "missing" });
    expect(gateStatus(found, "fail")).toBe(1);
  });

  it("is new where the other kernel lacks something, and the gate says what", async () => {
    const found = await gate({ rows: rowsOf([1000, null], [1000, 2000]) });
    expect(found.cells.find(({ cell }) => cell === tc)).toMatchObject({
      verdict: "new",
      reason: "skipped on kernel debian (6.1.0-50): no such device; get one",
    });
  });

  it.each([0, 2])("fails the gate on either kernel (row %d)", async (index) => {
    const rows = rowsOf([1000, 2000], [1000, 2000]);
    const failed = rows.map((one, i) =>
      i === index ? rowOf(one.cell, null, { status: "failed", reason: "3 frames lost" }) : one,
    );
    const found = await gate({ rows: failed });
    expect(gateStatus(found, "fail")).toBe(2);
    expect(found.failures).toEqual([
      { cell: native, reason: expect.stringMatching(/^on kernel debian.*: 3 frames lost$/) },
    ]);
  });

  it.each([
    ["debian", [null, null], [1000, 2000]],
    ["debian:7.3", [1000, 2000], [null, null]],
  ])("ends the gate when it is all of kernel %s", async (kernel, before, after) => {
    await expect(gate({ rows: rowsOf(before, after) })).rejects.toMatchObject({
      exitStatus: 2,
      message: `no cell could be measured on kernel ${kernel}: no such device; get one`,
    });
  });
});
