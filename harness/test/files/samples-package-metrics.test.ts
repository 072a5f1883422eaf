import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toOpenMetrics } from "../../src/files/open-metrics.ts";
import { toCsv } from "../../src/files/results-csv.ts";
import { writeSamplesCsv } from "../../src/files/samples-csv.ts";
import { writeForMachines } from "../../src/files/write.ts";
import { columns, deriveRows, type Row } from "../../src/index.ts";
import { lineOf } from "../../src/journal/events.ts";
import { measured, wholeRun } from "../journal-fixture.ts";

const whole = wholeRun();
const rows = deriveRows(whole);
const lines = whole.events.map(lineOf).join("");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-machines-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), "utf8");

describe("samples.csv", () => {
  it("has every sample with its cell, round and rank", async () => {
    writeFileSync(at("journal.jsonl"), lines);
    await writeSamplesCsv(at("journal.jsonl"), at("samples.csv"));
    const [header, ...body] = read("samples.csv").trimEnd().split("\r\n");
    expect(header).toBe("cell,round,rank,value");
    expect(body).toHaveLength(12 * 2 * 3);
    expect(body.slice(0, 3).map((line) => line.split(",").slice(1).join(" "))).toEqual([
      "0 0 10",
      "0 1 11",
      "0 2 12",
    ]);
  });

  it("leaves out an event that was cut off", async () => {
    writeFileSync(at("journal.jsonl"), lines.slice(0, -20));
    await writeSamplesCsv(at("journal.jsonl"), at("samples.csv"));
    expect(read("samples.csv").trimEnd().split("\r\n")).toHaveLength(1 + (12 * 2 - 1) * 3);
  });

  it("is not left half-written when the journal is damaged", async () => {
    writeFileSync(at("journal.jsonl"), `${lines}no event\n`);
    await expect(writeSamplesCsv(at("journal.jsonl"), at("samples.csv"))).rejects.toThrow(
      /no event/,
    );
    expect(readdirSync(folder)).toEqual(["journal.jsonl"]);
  });

  it("takes a trial of many samples whole", async () => {
    const { cell } = rows[0]!;
    const samples = Array.from({ length: 50_000 }, (_, i) => 1000 + i / 8);
    const event = { event: "trial" as const, cell, round: 0, result: measured(samples) };
    writeFileSync(at("journal.jsonl"), lineOf(whole.run) + lineOf(event));
    await writeSamplesCsv(at("journal.jsonl"), at("samples.csv"));
    const body = read("samples.csv").trimEnd().split("\r\n").slice(1);
    expect(body.map((line) => Number(line.split(",").at(-1)))).toEqual(samples);
  });
});

describe("datapackage.json", () => {
  interface Resource {
    readonly path: string;
    readonly bytes: number;
    readonly hash: string;
    readonly schema: { readonly fields: { readonly name: string; readonly type: string }[] };
  }

  it("tells the size, the digest and the columns of each file, in their order", async () => {
    writeFileSync(at("journal.jsonl"), lines);
    writeFileSync(at("results.csv"), toCsv(rows));
    await writeForMachines(folder, whole, rows);
    const { resources } = JSON.parse(read("datapackage.json")) as { resources: Resource[] };
    const names = ["results.csv", "results-long.csv", "results-wide.csv", "samples.csv"];
    expect(resources.map(({ path }) => path)).toEqual(names);
    for (const { path, bytes, hash, schema } of resources) {
      expect(bytes).toBe(statSync(at(path)).size);
      expect(hash).toBe(`sha256:${createHash("sha256").update(read(path)).digest("hex")}`);
      expect(schema.fields.map(({ name }) => name).join()).toBe(read(path).split("\r\n")[0]);
    }
  });

  it("gives a column of numbers the type of its numbers", async () => {
    writeFileSync(at("journal.jsonl"), lines);
    writeFileSync(at("results.csv"), toCsv(rows));
    await writeForMachines(folder, whole, rows);
    const { resources } = JSON.parse(read("datapackage.json")) as { resources: Resource[] };
    const types = new Map(resources[0]!.schema.fields.map(({ name, type }) => [name, type]));
    for (const name of columns) {
      const values = rows.map((row) => row[name]).filter((value) => value !== null);
      if (typeof values[0] === "number") expect(["integer", "number"]).toContain(types.get(name));
      else if (values.length > 0) expect(["string", "datetime"]).toContain(types.get(name));
    }
    expect(types.get("frames_sent")).toBe("integer");
    expect(types.get("started_at")).toBe("datetime");
  });
});

describe("OpenMetrics", () => {
  /** The grammar of the text format: a comment, or a name, labels and a number. */
  const line = new RegExp(
    [
      String.raw`^# (TYPE|UNIT|HELP) [a-z_]+ [^\n]+$`,
      "^# EOF$",
      String.raw`^[a-z_]+\{([a-z_]+="([^"\\]|\\[\\n"])*",?)+\} \d+(\.\d+)?$`,
    ].join("|"),
  );

  it("follows the grammar line by line and ends with # EOF", () => {
    const text = toOpenMetrics(rows);
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    for (const candidate of text.trimEnd().split("\n")) expect(candidate).toMatch(line);
  });

  it("has each figure with class and cell", () => {
    const row = rows.find(({ path }) => path === "xdp")!;
    const found = toOpenMetrics(rows)
      .split("\n")
      .find((text) => text.includes(`cell="${row.cell}"`) && text.includes('quantile="0.5"'))!;
    expect(found).toContain('class="virtual"');
    expect(found.endsWith(` ${row.p50}`)).toBe(true);
  });

  it("keeps text from ending a label", () => {
    const row: Row = { ...rows[0]!, variant: 'a"b\\c\nd' };
    const text = toOpenMetrics([row]);
    for (const candidate of text.trimEnd().split("\n")) expect(candidate).toMatch(line);
  });

  it("counts instructions in a family of their own", () => {
    const counting: Row = { ...rows[0]!, unit: "instructions/frame", clock: "instructions" };
    const text = toOpenMetrics([rows[1]!, counting]);
    expect(text).toContain("# UNIT iopath_frame_cost_instructions instructions");
    expect(text).toContain("# UNIT iopath_frame_cost_nanoseconds nanoseconds");
  });

  it("has only # EOF when there is no row", () => {
    expect(toOpenMetrics([])).toBe("# EOF\n");
  });
});
