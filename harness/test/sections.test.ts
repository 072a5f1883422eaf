import { nameOfPlace } from "@iopath/lab";
import { describe, expect, it } from "vitest";
import { checkConfig, expandMatrix } from "../src/index.ts";
import type { Overrides } from "../src/matrix/override-flags.ts";
import { applyOverrides } from "../src/matrix/overrides.ts";

const sizes = { frameBytes: [64], windows: [1] };
const host = { paths: { "tester-only": ["direct"], xdp: ["native", "af-xdp"] }, ...sizes };
const guest = {
  ...{ place: "guest", clock: "instructions", ...sizes },
  paths: { "tester-only": ["direct"], xdp: ["native"], "sriov-vf": ["vfio"] },
};

/** "place: path/variant ..." of each section that flags leave. */
function left(flags: Overrides, value: object[] = [host, guest]): string[] {
  const sections = applyOverrides(checkConfig(value, "test"), flags);
  return sections.map(({ place, paths }) => {
    const ways = Object.entries(paths).flatMap(([path, names]) =>
      names.map((name) => `${path}/${name}`),
    );
    return `${nameOfPlace(place)}: ${ways.join(" ")}`;
  });
}

describe("a config of sections", () => {
  it("may be one section alone", () => {
    expect(checkConfig(host, "test")).toEqual(checkConfig([host], "test"));
  });

  it("has names for its cells that no two share", () => {
    const ids = expandMatrix(checkConfig([host, guest], "test")).map(({ id }) => id);
    expect(ids).toContain("xdp/native/64B/burst64/flows1/window1");
    expect(ids).toContain("guest/igb/instructions/xdp/native/64B/burst64/flows1/window1");
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    [[host, host], /two sections have the cell tester-only\/direct/],
    [[host, { ...guest, sampels: 1 }], /section 1: unknown key sampels/],
    [[host, { ...guest, windows: [0] }], /section 1: windows\.0/],
    [[{ ...host, clock: "instructions" }], /section 0: the host has no instruction clock/],
    [[{ ...host, machine: "igb" }], /machine igb is a guest's/],
    [[{ ...guest, machine: "zx81" }], /no guest machine named zx81; machines are igb/],
    [[], /the default export/],
  ])("is refused as %j", (value, message) => {
    expect(() => checkConfig(value, "test")).toThrow(message);
  });
});

describe("flags", () => {
  it("narrow the sections to a place, a machine or a clock", () => {
    const counted = "guest igb, instructions: tester-only/direct xdp/native sriov-vf/vfio";
    expect(left({ place: "guest" })).toEqual([counted]);
    expect(left({ machine: "igb" })).toEqual([counted]);
    expect(left({ clock: "instructions" })).toEqual([counted]);
    expect(left({ place: "host" })).toEqual(["host: tester-only/direct xdp/native xdp/af-xdp"]);
  });

  it("make the first section so when none is", () => {
    expect(left({ place: "guest", clock: "instructions" }, [host])).toEqual([
      "guest igb, instructions: tester-only/direct xdp/native xdp/af-xdp",
    ]);
    expect(left({ place: "host" }, [guest])[0]).toMatch(/^host: /);
  });

  it("narrow each section to the paths that it has", () => {
    expect(left({ path: ["xdp"] })).toEqual([
      "host: xdp/native xdp/af-xdp",
      "guest igb, instructions: xdp/native",
    ]);
    expect(left({ path: ["sriov-vf"] })).toEqual(["guest igb, instructions: sriov-vf/vfio"]);
  });

  it("add a path or a variant that no section has to the first that can have it", () => {
    expect(left({ path: ["kernel-sockets"] })[0]).toMatch(/^host: kernel-sockets\/packet-mmsg/);
    expect(left({ path: ["xdp"], variant: ["generic"] })).toEqual(["host: xdp/generic"]);
  });

  it("narrow to the variants that a section lists", () => {
    expect(left({ variant: ["af-xdp"] })[0]).toBe("host: xdp/af-xdp");
    expect(left({ variant: ["vfio"] })).toEqual(["guest igb, instructions: sriov-vf/vfio"]);
  });

  it.each([
    [{ pf: ["ens1f0"] }, { ports: { card: "ens1f0" } }],
    [
      { pf: ["ens1f0"], vfs: 8 },
      { ports: { card: "ens1f0" }, count: 8 },
    ],
    [{ pf: ["a", "b"] }, { ports: { card: "a" }, tester: { card: "b" } }],
    [
      { pf: ["a"], vfs: 2, tester: ["c", "d"], testerNamespace: "far" },
      { ports: { card: "a" }, tester: { interfaces: ["c", "d"], namespace: "far" }, count: 2 },
    ],
    [
      { ports: ["0000:01:10.0", "0000:01:10.2"], tester: ["0000:01:10.4", "0000:01:10.6"] },
      {
        ports: { functions: ["0000:01:10.0", "0000:01:10.2"] },
        tester: { functions: ["0000:01:10.4", "0000:01:10.6"] },
      },
    ],
  ])("of a card mean the path that can use its functions: %j", (flags, card) => {
    const [section, ...others] = applyOverrides(checkConfig([host, guest], "test"), flags);
    expect(section!.place).toEqual({ kind: "card", ...card });
    expect(Object.keys(section!.paths)).toEqual(["sriov-vf"]);
    expect(others).toEqual([]);
  });

  it.each([
    [{ vfs: 2 }, /--vfs has an effect only with --pf/],
    [{ pf: ["a"], ports: ["b", "c"] }, /--pf and --ports do not go together: each names/],
    [{ pf: ["a", "b", "c"] }, /takes one card/],
    [{ pf: ["a", "b"], tester: ["c", "d"] }, /both say where/],
    [{ pf: ["a"], tester: ["none"] }, /--pf and --tester none do not go together/],
    [{ ports: ["0000:01:10.0", "eth1"], tester: ["c", "d"] }, /PCI addresses of two functions/],
    [{ ports: ["0000:01:10.0", "0000:01:10.2"] }, /needs --tester/],
  ])("of a card that make no sense are refused: %j", (flags, message) => {
    const config = checkConfig([host, guest], "test");
    expect(() => applyOverrides(config, flags)).toThrow(message);
  });

  it("of ports mean the host's sections", () => {
    const [section, ...others] = applyOverrides(checkConfig([host, guest], "test"), {
      ports: ["a", "b"],
      tester: ["c", "d"],
    });
    expect(section!.place).toMatchObject({ kind: "interfaces", ports: ["a", "b"] });
    expect(others).toEqual([]);
  });
});
