/** Holds each variant's instructions per frame to a baseline, so that none gets far dearer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elsewhere } from "../bench.costs.config.ts";
import type { Baseline } from "../harness/src/gate/baseline.ts";
import {
  costProblems,
  judgeCosts,
  loadCosts,
  measureCosts,
} from "../harness/src/gate/counted/costs.ts";
import { loadThresholds, type Thresholds } from "../harness/src/gate/thresholds.ts";
import { type Config, loadConfig } from "../harness/src/matrix/config.ts";
import { paths } from "../harness/src/paths/all.ts";
import type { Row } from "../harness/src/rows/row.ts";
import { type Machine, thisMachine } from "../harness/src/run/machine.ts";

const configFile = resolve(import.meta.dirname, "../bench.costs.config.ts");
const config = await loadConfig(configFile, {});
const thresholds: Thresholds = await loadThresholds(configFile);
const folder = mkdtempSync(join(tmpdir(), "iopath-costs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const quiet: Machine = {
  ...thisMachine,
  showProgress: () => ({
    begin: () => ({ end: () => {} }),
    note: () => {},
    show: () => {},
    [Symbol.dispose]: () => {},
  }),
};
const { signal } = new AbortController();
const measure = (name: string, sections: Config) =>
  measureCosts({ config: sections, folder: join(folder, name), signal, machine: quiet });

/** A burst that moves no frame costs next to nothing, so that what is planted is most of it. */
const planted: Config = config.flatMap((section) =>
  section.paths["userspace-pmd"]
    ? [
        {
          ...section,
          paths: { "userspace-pmd": ["net-null"] },
          planted: { kind: "instructions", count: 20_000 },
        },
      ]
    : [],
);

describe("the matrix of costs", () => {
  it("has every variant, or says why no guest can run it", () => {
    const measured = config.flatMap((section) =>
      Object.entries(section.paths).flatMap(([path, variants]) =>
        variants.map((variant) => `${path}/${variant}`),
      ),
    );
    const all = paths.flatMap(({ name, variants }) =>
      variants.map((variant) => `${name}/${variant.name}`),
    );
    expect([...measured, ...Object.keys(elsewhere)].sort()).toEqual(
      ["tester-only/direct", ...all].sort(),
    );
  });
});

/** The baseline is of one architecture: figures of others are other figures. */
if (process.arch === "x64")
  describe("what a variant costs", () => {
    let baseline: Baseline;
    let rows: readonly Row[];
    let withWork: readonly Row[];
    beforeAll(async () => {
      baseline = loadCosts();
      [rows, withWork] = await Promise.all([measure("all", config), measure("planted", planted)]);
    }, 1_200_000);

    const problems = (candidate: readonly Row[]) =>
      costProblems(judgeCosts(candidate, baseline, thresholds));

    it("is no more than its baseline allows", () => {
      expect(problems(rows)).toEqual([]);
    });

    it("is named, with its factor, when it is twenty times as much", () => {
      for (const [i, { path, variant, p10 }] of rows.entries()) {
        const candidate = rows.with(i, { ...rows[i]!, p10: p10! * 20 });
        const [problem, ...others] = problems(candidate);
        expect(others).toEqual([]);
        expect(problem).toMatch(new RegExp(`^${path}/${variant} costs .*, \\d+\\.\\d times its`));
      }
    });

    it("is named when work was planted in the path", () => {
      const [row] = withWork;
      const candidate = rows.map((own) => (own.cell === row!.cell ? row! : own));
      const [problem, ...others] = problems(candidate);
      expect(others).toEqual([]);
      expect(problem).toMatch(/^userspace-pmd\/net-null costs .* times its baseline of \d+/);
      expect(row!.p10! / baseline.rows.find(({ cell }) => cell === row!.cell)!.p10).toBeGreaterThan(
        20,
      );
    });

    it("is reported when its figure is missing", () => {
      const [gone, ...others] = rows;
      expect(problems(others)).toEqual([
        `${gone!.path}/${gone!.variant} has no figure any more: not among the cells of the candidate`,
      ]);
    });
  });
