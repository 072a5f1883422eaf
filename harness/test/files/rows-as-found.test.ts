import { describe, expect, it } from "vitest";
import { readAsFound } from "../../src/files/rows-as-found.ts";
import { columns, deriveRows, type Row } from "../../src/index.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());
const change = (fields: object): Row[] => rows.map((row) => ({ ...row, ...fields }) as Row);
const without = (name: keyof Row): Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => key !== name)) as Row);

describe("rows as they are found", () => {
  it("are unchanged when this version wrote them", () => {
    expect(readAsFound(rows)).toEqual({ rows, columns, remarks: [] });
    expect(readAsFound([])).toEqual({ rows: [], columns, remarks: [] });
  });

  it("keep an unknown column, behind the others", () => {
    const found = readAsFound(change({ joules: 3 }));
    expect(found.columns.at(-1)).toBe("joules");
    expect(found.remarks).toEqual([expect.stringMatching(/does not know .*: joules\.$/)]);
  });

  it("have an empty text, or no figure, where a column is missing", () => {
    expect(readAsFound(without("machine")).rows[0]).toMatchObject({ machine: "" });
    expect(readAsFound(without("p99")).rows[0]).toMatchObject({ p99: null });
    expect(readAsFound(without("p99")).remarks).toEqual([
      expect.stringMatching(/did not have: p99/),
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e-12, 1e300, "12"])(
    "have no figure for %s, and say how many there were",
    (p50) => {
      const { rows: found, remarks } = readAsFound(change({ p50 }));
      expect(found.every((row) => row.p50 === null)).toBe(true);
      expect(remarks).toEqual([`${rows.length} fields are no numbers and left empty.`]);
    },
  );
});
