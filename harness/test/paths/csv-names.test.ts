import { guestMachines } from "@iopath/lab/guest";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCsv, toLongCsv, toWideCsv } from "../../src/files/results-csv.ts";
import type { Row } from "../../src/index.ts";
import { paths, testerOnly, testerOnlyVariant } from "../../src/paths/all.ts";
import { misreadAs, problemOfName } from "../../src/paths/csv-names.ts";
import { columnKinds } from "../../src/rows/column-kinds.ts";
import { buildWideRun } from "../run-fixture.ts";

/** What pandas 3 reads as NaN, as its documentation lists it. */
const pandas = [
  ...[" ", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"],
  ...["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"],
].map((word) => word.trim());
/** What agate, csvkit's reader, does. */
const agate = ["", "na", "n/a", "none", "null", "."];

describe("a name", () => {
  it.each([
    [[...pandas, ...agate], "a missing value"],
    [["TRUE", "true", "False", "yes", "on"], "true or false"],
    [["1-2", "2026-11-29", "3/4", "10:30", "mar-1", "1-Mar", "SEPT2"], "a date or a time"],
    [["1", "1e5", "-2.5", "1,000", "0x1f", "inf", "50%"], "a number"],
    [["=1+1", "@SUM(A1)", "-x", "+x"], "a formula"],
  ])("such as %j is read as something else", (texts, read) => {
    for (const text of texts) expect(`${text} ${misreadAs(text)}`).toBe(`${text} ${read}`);
  });

  it.each(["packet-mmsg", "rc-send", "net-null", "igb", "e1000", "march", "my_path.2"])(
    "such as %s is one",
    (name) => expect(problemOfName(name)).toBeUndefined(),
  );

  it("that may stand is a part of a cell's id, and of a list", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        if (problemOfName(name) === undefined) expect(name).toMatch(/^[^/,\s"=]+$/);
      }),
    );
  });
});

/** What the machine says of itself. */
const notOurs = [
  "run_id",
  "kernel",
  "qemu",
  "guest_command",
  "cpu_model",
  "node",
  "iopath",
  "revision",
];
const texts = columnKinds
  .filter(({ name, holds }) => holds === "text" && !notOurs.includes(name))
  .map(({ name }) => name as keyof Row);

/** Every value that a column can have of us: every variant, every machine, every word. */
function rowsOfAllNames(): Row[] {
  const [row] = buildWideRun().rows as [Row];
  const named = (path: string, variant: string, standIn = "", i = 0): Row => {
    const machine = guestMachines[i % guestMachines.length]!.name;
    const cell = `guest/${machine}/${path}/${variant}/64B`;
    return { ...row, cell, path, variant, machine, place: "guest", stand_in: standIn };
  };
  const variants = paths.flatMap(({ name, variants }) =>
    variants.map((variant, i) => named(name, variant.name, variant.standIn, i)),
  );
  const words = columnKinds.flatMap(({ name, words = [] }) =>
    words.map((word) => ({ ...row, [name]: word })),
  );
  const modes = ["native", "generic", "native copy", "generic copy", "native zero-copy"];
  const devices = modes.map((mode) => ({ ...row, device_mode: mode }));
  return [named(testerOnly, testerOnlyVariant), ...variants, ...words, ...devices];
}

describe("what a run writes", () => {
  const rows = rowsOfAllNames();
  const read = (csv: string) => parse(csv, { columns: true }) as Record<string, string>[];

  it.each([
    ["results.csv", read(toCsv(rows)), texts],
    ["results-long.csv", read(toLongCsv(rows)), ["path", "variant", "cell", "measure", "unit"]],
  ])("is text in each text column of %s, or missing", (_file, records, columns) => {
    for (const column of columns) {
      const values = new Set(records.map((record) => record[column]!));
      const odd = [...values].filter((text) => text !== "" && misreadAs(text) !== undefined);
      expect([column, odd]).toEqual([column, []]);
    }
  });

  it("is text in the head of results-wide.csv", () => {
    const [head] = parse(toWideCsv(rows)) as [string[]];
    expect(head.length).toBeGreaterThan(paths.flatMap(({ variants }) => variants).length);
    expect(head.filter((name) => misreadAs(name) !== undefined)).toEqual([]);
  });
});
