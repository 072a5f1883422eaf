import { describe, expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import {
  fallbackOf,
  groupRows,
  headlinePanels,
  headlineRows,
  keyOfGroup,
  markedVariant,
  nameOf,
} from "../../src/rows/groups.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());
const like = (change: Partial<Row>, among = rows): Row[] =>
  among.map((row) => ({ ...row, ...change, cell: `${JSON.stringify(change)}/${row.cell}` }));
const guest = like({ place: "guest", machine: "igb", class: "emulated", clock: "instructions" });

describe("groups", () => {
  it("are of one class, place, machine and clock each, named by them", () => {
    const groups = groupRows([...rows, ...guest]);
    expect(
      groups.map(({ label, slug, where, filter }) => ({ label, slug, where, filter })),
    ).toEqual([
      {
        label: "virtual · place host · clock wall",
        slug: "virtual-host-wall",
        where: "host",
        filter: "class=virtual place=host clock=wall",
      },
      {
        label: "emulated · place guest · machine igb · clock instructions",
        slug: "emulated-guest-igb-instructions",
        where: "guest igb",
        filter: "class=emulated place=guest machine=igb clock=instructions",
      },
    ]);
    expect(groups.map((group) => group.rows)).toEqual([rows, guest]);
  });

  it.each([
    { class: "hardware" },
    { place: "hardware" },
    { machine: "igb" },
    { clock: "instructions" },
  ] as const)("keep rows apart that differ in %j", (change) => {
    const [row] = rows as [Row];
    expect(keyOfGroup({ ...row, ...change })).not.toBe(keyOfGroup(row));
    expect(keyOfGroup({ ...row, window: 7, burst: 7 })).toBe(keyOfGroup(row));
  });
});

describe("panels", () => {
  it("are of one window each, their sizes ascending, named only by what differs", () => {
    const [group] = groupRows(rows.toReversed());
    expect(group!.panels.map(({ label }) => label)).toEqual(["window 64", "window 1"]);
    expect(group!.panels[0]!.sizes.map(({ name }) => name)).toEqual(["64B", "512B"]);
    expect(group!.panels[0]!.others).toBe("burst 64, flows 1, workers 1");
  });

  it("name a burst once there are several, and have the tester alone beside each", () => {
    const other = like({ burst: 32 }).filter(({ path }) => path !== "tester-only");
    const [group] = groupRows([...rows, ...other]);
    const at64 = group!.panels.filter(({ window }) => window === 64);
    expect(at64.map(({ label }) => label)).toEqual(["window 64, burst 64", "window 64, burst 32"]);
    for (const { sizes } of at64) {
      expect(sizes[0]!.rows.map(({ path }) => path)).toEqual([
        "tester-only",
        "kernel-sockets",
        "xdp",
      ]);
    }
  });

  it("have no size with which only the tester was measured", () => {
    const alone = like({ frame_bytes: 1518 }).filter(({ path }) => path === "tester-only");
    const [group] = groupRows([...rows, ...alone]);
    expect(group!.panels[0]!.sizes.map(({ name }) => name)).toEqual(["64B", "512B"]);
  });

  it("are those of the tester where nothing else was measured", () => {
    const [group] = groupRows(rows.filter(({ path }) => path === "tester-only"));
    expect(group!.panels).toHaveLength(2);
    expect(group!.panels[0]!.sizes[0]!.rows).toHaveLength(1);
  });
});

describe("the headline", () => {
  it("is the lowest and the highest window, of the first burst and the like", () => {
    const more = [2, 128].flatMap((window) => like({ window }));
    const [group] = groupRows([...rows, ...more, ...like({ burst: 32, window: 256 })]);
    expect(headlinePanels(group!).map(({ window }) => window)).toEqual([1, 128]);
    expect(new Set(headlineRows(group!).rows.map((row) => row.frame_bytes))).toEqual(new Set([64]));
  });

  it("is one panel where there is one window", () => {
    const [group] = groupRows(rows.filter(({ window }) => window === 1));
    expect(headlineRows(group!).windows).toEqual([1]);
  });
});

describe("the name of a row", () => {
  const name = { path: "xdp", variant: "native", stand_in: "", device_mode: "" };

  it("marks a stand-in, and names the mode that a driver fell back to", () => {
    expect(nameOf({ ...name, path: "tester-only" })).toBe("tester-only");
    expect(nameOf(name)).toBe("xdp native");
    expect(nameOf({ ...name, stand_in: "no device" })).toBe("xdp native †");
    expect(nameOf({ ...name, device_mode: "generic" })).toBe("xdp native (generic)");
    expect(markedVariant({ ...name, stand_in: "no device" })).toBe("native †");
  });

  it("does not name a mode that the variant asks for", () => {
    expect(fallbackOf({ variant: "generic", device_mode: "generic" })).toBe("");
    expect(fallbackOf({ variant: "af-xdp", device_mode: "native, copy" })).toBe("");
  });
});
