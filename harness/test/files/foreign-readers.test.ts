/** Every file for machines, opened by a reader from outside this project. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/files/action-benchmark.ts";
import { hdrScale } from "../../src/files/hdr-log.ts";
import { writeForMachines } from "../../src/files/write.ts";
import { deriveRows } from "../../src/index.ts";
import { lineOf } from "../../src/journal/events.ts";
import { openLoopRunOf } from "../../src/open-loop/report/files.ts";
import { openLoopMetrics } from "../../src/open-loop/report/metrics.ts";
import { wholeRun } from "../journal-fixture.ts";
import { cellOf, fakeRun } from "../open-loop/fake-run.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-readers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), "utf8");
const readJson = <T>(name: string) => JSON.parse(read(name)) as T;
const schemaOf = (file: string) =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as object;

const whole = wholeRun();
const rows = deriveRows(whole);
const { cell, p50 } = rows.find(({ path }) => path === "xdp")!;
const samplesCount = 12 * 2 * 3;

beforeAll(async () => {
  writeFileSync(at("journal.jsonl"), whole.events.map(lineOf).join(""));
  await writeForMachines(folder, whole, rows);
  writeFileSync(at("samples.csv.gz"), gzipSync(read("samples.csv")));
});

describe("DuckDB", () => {
  async function query(sql: string): Promise<unknown[][]> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    try {
      return (await connection.runAndReadAll(sql)).getRowsJson();
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  it("reads results.csv with the types of its columns", async () => {
    const found = await query(
      `select typeof(frames_sent), typeof(started_at), typeof(reason), p50::double from '${at("results.csv")}' where cell = '${cell}'`,
    );
    expect(found).toEqual([["BIGINT", "TIMESTAMP WITH TIME ZONE", "VARCHAR", p50]]);
  });

  it("finds in the long form what is in the wide one", async () => {
    const long = `select value::double from '${at("results-long.csv")}' where path = 'xdp' and measure = 'p50' order by value`;
    const wide = `select "xdp/native"::double from '${at("results-wide.csv")}' order by 1`;
    expect(await query(long)).toEqual(await query(wide));
    expect(await query(long)).toHaveLength(4);
  });

  it.each(["samples.csv", "samples.csv.gz"])("joins %s with the rows", async (name) => {
    const found = await query(
      `select count(*), median(value) filter (cell = '${cell}') from '${at(name)}' join '${at("results.csv")}' using (cell)`,
    );
    expect(found).toEqual([[String(samplesCount), p50]]);
  });
});

describe("the library of Frictionless Data", () => {
  interface Resource {
    readonly name: string;
    readonly valid: boolean;
    read(options: { keyed: boolean; relations?: boolean }): Promise<Record<string, unknown>[]>;
  }
  interface Package {
    readonly valid: boolean;
    readonly errors: Error[];
    readonly resources: Resource[];
    getResource(name: string): Resource;
  }
  // It comes without types, and as CommonJS.
  const { Package } = createRequire(import.meta.url)("datapackage") as {
    Package: { load(descriptor: string, options: object): Promise<Package> };
  };
  const load = () => Package.load(at("datapackage.json"), { strict: false });

  it("accepts datapackage.json and the rows of every file that it names", async () => {
    const loaded = await load();
    expect(loaded.errors).toEqual([]);
    expect(loaded.valid).toBe(true);
    const counts = new Map<string, number>();
    for (const resource of loaded.resources) {
      counts.set(resource.name, (await resource.read({ keyed: true })).length);
    }
    expect(counts.get("results")).toBe(rows.length);
    expect(counts.get("results-wide")).toBe(4);
    expect(counts.get("samples")).toBe(samplesCount);
  });

  it("follows each sample to its cell", async () => {
    const samples = (await load()).getResource("samples");
    const [first] = await samples.read({ keyed: true, relations: true });
    expect(first!.cell).toMatchObject({ cell: rows[0]!.cell, p50: rows[0]!.p50 });
  });

  it("would refuse a figure that is not a number", async () => {
    writeFileSync(at("samples.csv"), read("samples.csv").replace(/,10\r\n/, ",ten\r\n"));
    const loaded = await load();
    await expect(loaded.getResource("samples").read({ keyed: true })).rejects.toThrow();
    await writeForMachines(folder, whole, rows);
  });
});

describe("a JSON Schema validator", () => {
  it("accepts results.json by the schema that is published, and no figure that is text", () => {
    const validate = new Ajv2020({ formats: { "date-time": true } }).compile(
      schemaOf("../../../results/schema/results.schema.json"),
    );
    const results = readJson<{ rows: { p50: unknown }[] }>("results.json");
    expect(validate(results) || validate.errors).toBe(true);
    results.rows[0]!.p50 = "55";
    expect(validate(results)).toBe(false);
  });

  it("accepts bencher.json by Bencher's schema", () => {
    const validate = new Ajv().compile(schemaOf("../schemas/bencher-metric-format.json"));
    const found = readJson<Record<string, { latency: { value: number } }>>("bencher.json");
    expect(validate(found) || validate.errors).toBe(true);
    expect(found[`virtual/${cell}`]!.latency.value).toBe(p50);
  });
});

describe("the OpenMetrics parser of Prometheus' client library", () => {
  const python = "/usr/bin/python3";
  const program = [
    "import json, sys",
    "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse",
    "families = [(f.name, f.type, [(s.name, s.labels, s.value) for s in f.samples]) for f in parse(sys.stdin.read())]",
    "json.dump(families, sys.stdout)",
  ].join("\n");
  const parse = (input: string) =>
    JSON.parse(execFileSync(python, ["-c", program], { input, encoding: "utf8" })) as [
      string,
      string,
      [string, Record<string, string>, number][],
    ][];
  const missing = !existsSync("/usr/lib/python3/dist-packages/prometheus_client");

  it.skipIf(missing)("reads metrics.txt (Debian: python3-prometheus-client)", () => {
    const families = parse(read("metrics.txt"));
    expect(families.map(([name]) => name)).toContain("iopath_frame_cost_nanoseconds");
    const [, type, samples] = families[0]!;
    expect(type).toBe("summary");
    const found = samples.find(([, labels]) => labels.cell === cell && labels.quantile === "0.5");
    expect(found![2]).toBe(p50);
  });

  it.skipIf(missing)("reads those of searches (Debian: python3-prometheus-client)", async () => {
    const found = openLoopRunOf(await fakeRun([cellOf()]));
    const families = parse(openLoopMetrics(found));
    const [, , samples] = families.find(
      ([name]) => name === "iopath_throughput_frames_per_second",
    )!;
    const [, labels, value] = samples[1]!;
    expect(labels).toMatchObject({ path: "xdp", variant: "af-xdp", goal: "pdr" });
    expect(value).toBe(found.rows[0]!.pdr_fps);
    expect(families.map(([name]) => name)).toContain("iopath_latency_nanoseconds");
  });

  it.skipIf(missing)("refuses it without its end (Debian: python3-prometheus-client)", () => {
    expect(() => parse(read("metrics.txt").replace("# EOF\n", ""))).toThrow();
  });
});

describe("HdrHistogram's log reader", () => {
  it("finds each cell's samples under its tag", () => {
    const reader = new HistogramLogReader(read("samples.hlog"));
    const found = new Map<string | undefined, [number, number]>();
    for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram()) {
      found.set(h.tag, [h.totalCount, h.getValueAtPercentile(50) / hdrScale]);
    }
    expect([...found.keys()]).toEqual(rows.map((row) => row.cell));
    const [count, median] = found.get(cell)!;
    expect(count).toBe(6);
    expect(Math.abs(median / p50! - 1)).toBeLessThan(0.001);
  });
});

describe("github-action-benchmark's custom JSON", () => {
  it("has name, unit and value of each measured cell, and words for the rest", () => {
    const entries = readJson<Entry[]>("action-benchmark.json");
    expect(entries).toHaveLength(rows.length);
    const found = entries.find(({ name }) => name === `virtual/${cell}`)!;
    expect(found).toMatchObject({ unit: "ns/frame", value: p50, range: "50 to 75" });
    for (const { extra } of entries) expect(typeof extra).toBe("string");
  });
});
