import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columns } from "../../src/index.ts";
import {
  type AxisValues,
  axesAsRead,
  axisList,
  combinationsOf,
  fieldsOf,
  idOf,
} from "../../src/matrix/axis-list.ts";
import { inUnitOf, unitOf } from "../../src/matrix/clock.ts";

const values: AxisValues = {
  ...{ frameBytes: 64, burst: 64, flows: 1, window: 64, workers: 1, workload: "ipv4-forward" },
};
const anyValues: fc.Arbitrary<AxisValues> = fc.record({
  frameBytes: fc.oneof(fc.integer({ min: 64, max: 1518 }), fc.constant("imix" as const)),
  burst: fc.integer({ min: 1, max: 1024 }),
  flows: fc.integer({ min: 1, max: 65_536 }),
  window: fc.integer({ min: 1, max: 256 }),
  workers: fc.integer({ min: 1, max: 64 }),
  workload: fc.constantFrom("ipv4-forward", "mac-swap", "mine"),
});

describe("the table of axes", () => {
  it("has a place of its own for each axis, in ids and among the loops", () => {
    expect(new Set(axisList.map(({ id }) => id.rank)).size).toBe(axisList.length);
    expect(new Set(axisList.map(({ loop }) => loop)).size).toBe(axisList.length);
    expect(new Set(axisList.map(({ list }) => list)).size).toBe(axisList.length);
  });

  it("has its columns in the order of the row's", () => {
    const own = axisList.flatMap(({ columnNames }) => columnNames);
    expect(columns.filter((name) => (own as string[]).includes(name))).toEqual(own);
  });

  it("has a flag for each axis that is named like it", () => {
    for (const { name, flag } of axisList) {
      const [, words] = /^--([a-z-]+) </.exec(flag.option)!;
      expect(words!.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())).toBe(
        name,
      );
    }
  });

  it("is read by size and window first", () => {
    expect(axesAsRead.map(({ short }) => short).join()).toBe("bytes,window,burst,flows,workers");
  });
});

describe("an id", () => {
  it("is what it was when baselines and published runs were made", () => {
    expect(idOf(values)).toBe("64B/burst64/flows1/window64");
    expect(idOf({ ...values, frameBytes: "imix", flows: 1000, workers: 2 })).toBe(
      "imix/burst64/flows1000/window64/workers2",
    );
    expect(idOf({ ...values, workers: 2, workload: "mac-swap" })).toBe(
      "64B/burst64/flows1/window64/workers2/mac-swap",
    );
  });

  it("differs where any value does", () => {
    fc.assert(
      fc.property(anyValues, anyValues, (a, b) => {
        const same = axisList.every(({ name }) => a[name] === b[name]);
        expect(idOf(a) === idOf(b)).toBe(same);
      }),
    );
  });
});

describe("combinations", () => {
  const section = {
    ...{ frameBytes: [64, 128], bursts: [32, 64], flows: [1], workers: [1, 2], windows: [1, 64] },
    workloads: ["ipv4-forward"],
  };

  it("are all, the outermost loop changing the least often", () => {
    const found = combinationsOf(section, axisList);
    expect(found).toHaveLength(16);
    expect(found.map(({ workers }) => workers)).toEqual([...Array(8).fill(1), ...Array(8).fill(2)]);
    expect(found.slice(0, 3).map(({ burst }) => burst)).toEqual([32, 64, 32]);
    expect(combinationsOf(section, [])).toEqual([{}]);
  });

  it("are empty where an axis has no value", () => {
    expect(combinationsOf({ ...section, windows: [] }, axisList)).toEqual([]);
  });
});

describe("the fields of a row", () => {
  it("have the mean of a mix beside its name, and a flow per worker at least", () => {
    expect(fieldsOf({ ...values, frameBytes: "imix", workers: 4 })).toEqual({
      ...{ frame_bytes: 354, frame_mix: "imix", burst: 64, flows: 4, workers: 4, window: 64 },
      workload: "ipv4-forward",
    });
    expect(fieldsOf({ ...values, flows: 1000, workers: 4 })).toMatchObject({ flows: 1000 });
  });
});

describe("units", () => {
  it("of a counting clock are instructions: its nanoseconds are no time", () => {
    expect([unitOf("wall"), unitOf("instructions")]).toEqual(["ns/frame", "instructions/frame"]);
    expect([inUnitOf("wall", 10), inUnitOf("instructions", 10)]).toEqual([10, 5]);
  });
});
