import { describe, expect, it } from "vitest";
import { columns, deriveRows, type Row } from "../../src/index.ts";
import { agree, conditions, conditionsOf, keyOf, varying } from "../../src/rows/conditions.ts";
import { wholeRun } from "../journal-fixture.ts";

const [row] = deriveRows(wholeRun()) as [Row];

describe("conditions", () => {
  it("stand in the order of the columns", () => {
    expect(conditions).toEqual(columns.filter((name) => conditions.includes(name)));
    expect(conditions).toHaveLength(15);
  });

  it("of the tester alone have no burst", () => {
    expect(conditionsOf({ path: "xdp" })).toEqual(conditions);
    expect(conditionsOf({ path: "tester-only" })).toEqual(
      conditions.filter((name) => name !== "burst"),
    );
    expect(conditionsOf({ path: "tester-only" }, ["burst", "window"])).toEqual(["window"]);
  });

  it("of two rows agree when none differs", () => {
    for (const name of conditions) {
      const other = { ...row, [name]: "another" } as Row;
      expect(agree(row, other, conditions)).toBe(false);
      expect(keyOf(row, conditions)).not.toBe(keyOf(other, conditions));
      expect(varying([row, row, other], conditions)).toEqual([name]);
    }
    expect(agree(row, { ...row, p50: 1, cell: "x" }, conditions)).toBe(true);
    expect(varying([row, row], conditions)).toEqual([]);
    expect(varying([], conditions)).toEqual([]);
  });

  it("of two rows have different keys whatever texts they hold", () => {
    const [a, b] = [
      { ...row, machine: "a b", reason: "c" },
      { ...row, machine: "a", reason: "b c" },
    ] as Row[];
    expect(keyOf(a!, ["machine", "reason"])).not.toBe(keyOf(b!, ["machine", "reason"]));
  });
});
