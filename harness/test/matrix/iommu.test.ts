/** What a guest's IOMMU does with the DMA of kernel drivers: sections, cells and rows of each. */
import { expect, test } from "vitest";
import { expandMatrix } from "../../src/matrix/cell.ts";
import { checkConfig } from "../../src/matrix/config.ts";
import { applyOverrides } from "../../src/matrix/overrides.ts";
import { placeFieldsOf } from "../../src/matrix/place-axes.ts";
import { writeSection } from "../../src/matrix/section.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { emptyField, type Row } from "../../src/rows/row.ts";

const section = {
  ...{ place: "guest", paths: { xdp: ["native"] }, frameBytes: [64], windows: [64] },
  clock: "instructions",
};
const cell = "instructions/xdp/native/64B/burst64/flows1/window64";
const both = checkConfig([section, { ...section, iommu: "strict" }], "test");
const idsOf = (config: typeof both) => expandMatrix(config).map(({ id }) => id);
const fieldsOf = (config: typeof both) =>
  config.map((one) => placeFieldsOf(one, { class: "emulated" }).iommu);

test("passing is the usual thing and keeps its ids; strict translation is beside it", () => {
  expect(idsOf(both)).toEqual([`guest/igb/${cell}`, `guest/igb/strict/${cell}`]);
  expect(fieldsOf(both)).toEqual(["passthrough", "strict"]);
  const stored = both.map(writeSection);
  expect(stored.map(({ iommu }) => iommu)).toEqual([undefined, "strict"]);
  expect(idsOf(checkConfig(stored, "a journal"))).toEqual(idsOf(both));
});

test("without an IOMMU the column is empty", () => {
  const pvrdma = { ...section, machine: "pvrdma", paths: { pvrdma: ["rc-send"] } };
  const host = { ...section, place: "host", clock: "wall" };
  expect(fieldsOf(checkConfig([pvrdma, host], "test"))).toEqual(["", ""]);
  expect(emptyField("iommu")).toBe("");
  for (const [wrong, told] of [
    [pvrdma, "machine pvrdma has no IOMMU"],
    [host, "`iommu` is a guest's, and the place is host"],
  ] as const) {
    expect(() => checkConfig({ ...wrong, iommu: "strict" }, "test")).toThrow(told);
  }
});

test("--iommu takes the place of what sections have, once", () => {
  expect(idsOf(applyOverrides(both, { iommu: "strict" }))).toEqual([`guest/igb/strict/${cell}`]);
  expect(idsOf(applyOverrides(both, { iommu: "passthrough" }))).toEqual([`guest/igb/${cell}`]);
});

test("--iommu asks for a guest with one", () => {
  const host = checkConfig({ ...section, place: "host", clock: "wall" }, "test");
  const [moved] = applyOverrides(host, { iommu: "strict" });
  expect(moved!.place).toMatchObject({ kind: "guest", machine: "igb", iommu: "strict" });
  expect(() => applyOverrides(host, { iommu: "strict", machine: "pvrdma" })).toThrow(
    "--iommu strict: machine pvrdma has no IOMMU",
  );
  expect(() => applyOverrides(host, { iommu: "strict", ports: ["a", "b"] })).toThrow(
    "--ports and --iommu strict do not go together",
  );
});

test("figures of the two are ranked apart, and the usual one is not said", () => {
  const rows = both.map((one) => ({
    ...placeFieldsOf(one, { class: "emulated" }),
    ...{ path: "xdp", variant: "native", workload: "ipv4-forward", window: 64, frame_bytes: 64 },
  })) as Row[];
  expect(groupRows(rows).map(({ where }) => where)).toEqual(["guest igb", "guest igb strict"]);
});
