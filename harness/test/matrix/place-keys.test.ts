import { clockOf, nameOfPlace, type Place } from "@iopath/lab";
import { describe, expect, it } from "vitest";
import { checkConfig, type SectionInput } from "../../src/index.ts";
import { type PlaceKeys, readPlace, writePlace } from "../../src/matrix/place-keys.ts";
import { sectionSchema, writeSection } from "../../src/matrix/section.ts";

const sizes = { paths: { "tester-only": ["direct"] }, frameBytes: [64], windows: [1] };
const host = { place: "host", machine: "", clock: "wall" } as const;

/** Keys as configs and journals have had them from the first, and the place that they come to. */
const pairs: [string, PlaceKeys, Place][] = [
  ["host", host, { kind: "lab" }],
  [
    "ports a,b",
    { ...host, hardware: { ports: ["a", "b"], tester: ["c", "d"], nextHop: "10.0.0.1" } },
    { kind: "interfaces", ports: ["a", "b"], tester: ["c", "d"], nextHop: "10.0.0.1" },
  ],
  [
    "functions of ens1f0",
    { ...host, card: { ports: { card: "ens1f0" }, count: 8 } },
    { kind: "card", ports: { card: "ens1f0" }, count: 8 },
  ],
  [
    "ports mlx5_0,mlx5_1",
    { ...host, rdmaDevices: ["mlx5_0", "mlx5_1"] },
    { kind: "verbs", devices: ["mlx5_0", "mlx5_1"] },
  ],
  [
    "guest pvrdma, instructions",
    { place: "guest", machine: "pvrdma", clock: "instructions" },
    { kind: "guest", machine: "pvrdma", clock: "instructions" },
  ],
];

describe("the keys of a place", () => {
  it.each(pairs)("%s", (name, keys, place) => {
    expect(readPlace(keys)).toEqual(place);
    expect(writePlace(place)).toEqual(keys);
    expect(nameOfPlace(place)).toBe(name);
  });

  it("are written as a journal of an earlier version has them", () => {
    for (const [, keys] of pairs) {
      const stored = sectionSchema.def.in.parse({ ...keys, ...sizes });
      expect(writeSection(sectionSchema.parse(stored))).toEqual(stored);
    }
  });

  it("name the first machine where they name none", () => {
    const [section] = checkConfig({ place: "guest", ...sizes }, "test");
    expect(section!.place).toEqual({ kind: "guest", machine: "igb", clock: "wall" });
    expect(clockOf(section!.place)).toBe("wall");
  });

  it("are refused where they name two places", () => {
    const twice = { hardware: pairs[1]![1].hardware!, rdmaDevices: ["mlx5_0", "mlx5_0"], ...sizes };
    expect(() => checkConfig(twice, "test")).toThrow(/each name a place: one a section/);
  });
});

it("an editor underlines keys that can't be together", () => {
  const counting = { place: "host", clock: "instructions", ...sizes } as const;
  // @ts-expect-error: the host counts no instructions
  counting satisfies SectionInput;
  const guest = { place: "guest", rdmaDevices: ["mlx5_0", "mlx5_0"], ...sizes } as const;
  // @ts-expect-error: a guest has devices of its own
  guest satisfies SectionInput;
  for (const impossible of [counting, guest]) {
    expect(() => checkConfig(impossible, "test")).toThrow(/config test is wrong/);
  }
});
