import { describe, expect, it } from "vitest";
import { expandMatrix, type Section } from "../../src/index.ts";
import { isInTurns, turnsPlanOf } from "../../src/matrix/in-turns.ts";
import { turnGroupsOf } from "../../src/matrix/turn-groups.ts";
import { run } from "../journal-fixture.ts";

const section: Section = {
  ...run.config[0]!,
  paths: {
    "tester-only": ["direct"],
    "kernel-sockets": ["packet-mmsg", "io-uring"],
    xdp: ["native", "tc"],
  },
  frameBytes: [64, 512],
  windows: [64],
};
const cells = expandMatrix([section]);
const namesOf = (groups: ReturnType<typeof turnGroupsOf>) =>
  groups.map((group) => group.cells.map(({ variant, frameBytes }) => `${variant} ${frameBytes}`));

describe("cells in turns", () => {
  it("are those of the host's lab with one worker", () => {
    expect(isInTurns(section, { workers: 1 })).toBe(true);
    expect(isInTurns(section, { workers: 2 })).toBe(false);
    const guest = { kind: "guest", machine: "igb", clock: "wall" } as const;
    expect(isInTurns({ place: guest }, { workers: 1 })).toBe(false);
  });

  it("are alive together where they differ in path and variant alone", () => {
    const groups = turnGroupsOf(cells, 24);
    expect(namesOf(groups)).toEqual(
      [64, 512].map((size) =>
        ["direct", "packet-mmsg", "io-uring", "native", "tc"].map(
          (variant) => `${variant} ${size}`,
        ),
      ),
    );
    expect(groups.map(({ reference }) => reference!.frameBytes)).toEqual([64, 512]);
  });

  it("are parted where too many would be alive, the reference beside each part", () => {
    const groups = turnGroupsOf(cells.slice(0, 5), 5);
    expect(namesOf(groups)).toEqual([
      ["direct 64", "packet-mmsg 64", "io-uring 64"],
      ["native 64", "tc 64"],
    ]);
    expect(groups.map(({ reference }) => reference!.variant)).toEqual([
      ...["packet-mmsg", "packet-mmsg"],
    ]);
  });

  it("have the reference beside them when it needs no further launch itself", () => {
    const [group] = turnGroupsOf(cells.slice(0, 5), 24, ({ variant }) => variant === "tc");
    expect(group).toMatchObject({
      cells: [{ variant: "tc" }],
      reference: { variant: "packet-mmsg" },
    });
  });

  it("have no pairs where the section does not list the reference", () => {
    const [group] = turnGroupsOf(cells.slice(3, 5), 24);
    expect(group!.reference).toBeUndefined();
  });

  it("are verified once a variant; those that come one by one, each", () => {
    const verified = (of: Section) =>
      expandMatrix([of]).filter(({ id, verifiedAs }) => id === verifiedAs).length;
    expect(verified(section)).toBe(5);
    expect(verified({ ...section, workers: [2] })).toBe(10);
  });
});

it("takes as many turns as samples where these are few", () => {
  expect(turnsPlanOf({ ...section, samples: 20 }).turns).toBe(20);
  expect(turnsPlanOf({ ...section, samples: 1000, turns: 300 }).turns).toBe(300);
});
