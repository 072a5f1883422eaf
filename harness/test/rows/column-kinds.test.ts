import { describe, expect, it } from "vitest";
import { measures } from "../../src/files/measures.ts";
import { columns, deriveRows } from "../../src/index.ts";
import { columnKinds } from "../../src/rows/column-kinds.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());
const kindOf = (name: string) => columnKinds.find((kind) => kind.name === name)!;

describe("kinds of columns", () => {
  it("are one per column, in their order, each with its words", () => {
    expect(columnKinds.map(({ name }) => name)).toEqual(columns);
    expect(columnKinds.filter(({ description }) => description === "")).toEqual([]);
  });

  it("tell what rows really hold", () => {
    for (const { name, holds, words, nullable } of columnKinds) {
      for (const row of rows) {
        const value = row[name as keyof typeof row];
        if (value === null) expect(nullable, name).toBe(true);
        else if (holds === "integer") expect(Number.isInteger(value), name).toBe(true);
        else expect(typeof value, name).toBe(holds === "number" ? "number" : "string");
        if (words) expect(words).toContain(value);
      }
    }
  });

  it("know texts, words, counts, figures and dates apart", () => {
    expect(kindOf("reason")).toMatchObject({ holds: "text", nullable: false });
    expect(kindOf("status").words).toContain("skipped");
    expect(kindOf("window")).toMatchObject({ holds: "integer", nullable: false });
    expect(kindOf("frames_sent")).toMatchObject({ holds: "integer", nullable: true });
    expect(kindOf("p50")).toMatchObject({ holds: "number", nullable: true });
    expect(kindOf("started_at").holds).toBe("date-time");
  });
});

describe("measures", () => {
  it("are the columns of numbers that are no axis, in their order", () => {
    const names = measures.map(({ name }) => name);
    const numbers = columnKinds.filter(({ holds }) => holds === "integer" || holds === "number");
    const axes = ["frame_bytes", "burst", "flows", "workers", "window"];
    expect(names).toEqual(numbers.map(({ name }) => name).filter((name) => !axes.includes(name)));
  });
});
