import { describe, expect, it } from "vitest";
import { checkConfig, columns } from "../../src/index.ts";
import { placeAxisList, placeFieldsOf, placeIdOf } from "../../src/matrix/place-axes.ts";

const cells = { paths: { "tester-only": ["direct"] }, frameBytes: [64], windows: [1] };
const sectionOf = (fields: object) => checkConfig({ ...cells, ...fields }, "test")[0]!;
const hardware = { ports: ["a", "b"], tester: ["c", "d"] };

describe("the beginning of a cell's id", () => {
  it.each([
    ["the host's lab", {}, ""],
    ["interfaces", { hardware }, "hardware"],
    ["verbs devices", { rdmaDevices: ["mlx5_0", "mlx5_0"] }, "hardware"],
    ["a guest", { place: "guest" }, "guest/igb/wall"],
    [
      "a guest that counts",
      { place: "guest", machine: "pvrdma", clock: "instructions" },
      "guest/pvrdma/instructions",
    ],
  ])("of %s is what it was when baselines were made", (_what, fields, id) => {
    expect(placeIdOf(sectionOf(fields))).toBe(id);
  });
});

describe("the place's columns", () => {
  it("stand in the order of the row's", () => {
    const own: string[] = placeAxisList.map(({ name }) => name);
    expect(columns.filter((name) => own.includes(name))).toEqual(own);
  });

  it("have class and unit from what the place and the clock are", () => {
    const counting = sectionOf({ place: "guest", clock: "instructions" });
    expect(placeFieldsOf(counting, { class: "emulated" })).toEqual({
      ...{
        place: "guest",
        machine: "igb",
        guest_kernel: "",
        iommu: "passthrough",
        class: "emulated",
        clock: "instructions",
      },
      ...{ unit: "instructions/frame", mode: "closed-loop" },
    });
    expect(placeFieldsOf(sectionOf({ hardware }), { class: "virtual" })).toMatchObject({
      ...{ place: "hardware", machine: "", class: "virtual", unit: "ns/frame" },
    });
  });
});
