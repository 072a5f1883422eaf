/**
 * From a config to all that is made of a run, held to files that a person has read: every trial
 * costs exactly what the fake machine's table says. After a wanted change
 *
 *     npx vitest run --project harness harness/test/pipeline -u
 *
 * writes the files again; `git diff harness/test/golden` is then to be reviewed like code.
 */
import { join } from "node:path";
import { IopathError } from "@iopath/contract";
import { beforeAll, describe, expect, it } from "vitest";
import { showRun } from "../../src/cli/perform/show.ts";
import { compareRuns } from "../../src/compare/compare.ts";
import { comparisonPage } from "../../src/compare/page.ts";
import { comparisonMarkdown, formatComparison } from "../../src/compare/text.ts";
import { gate, readCandidate } from "../../src/gate/counted/gate-on-baseline.ts";
import { updateBaseline } from "../../src/gate/counted/update.ts";
import { gateJson } from "../../src/gate/report-files.ts";
import { formatGate } from "../../src/gate/report-text.ts";
import { gateStatus } from "../../src/gate/verdict.ts";
import type { Section, TrialResult } from "../../src/index.ts";
import { loadRun } from "../../src/run/earlier-run.ts";
import { costOf, type FakeOrder, type MeasuredOrder } from "./fake-machine.ts";
import {
  countedConfig,
  type FakeRun,
  newFolder,
  runFake,
  smallConfig,
  wholeConfig,
} from "./fake-runs.ts";
import { pageText } from "./page-text.ts";

const golden = (name: string) => join(import.meta.dirname, "../golden", name);

describe("a run in which all goes well", () => {
  let made: FakeRun;
  beforeAll(async () => {
    made = await runFake(wholeConfig);
  });

  it.each(["results.csv", "results-wide.csv"])("writes %s", async (name) => {
    await expect(made.read(name)).toMatchFileSnapshot(golden(`whole/${name}`));
  });

  it.each([
    ["table.txt", Number.POSITIVE_INFINITY],
    ["table-80.txt", 80],
    ["table-50.txt", 50],
  ])("prints %s", async (name, width) => {
    const text = showRun(made.folder, { screen: { width, color: false } });
    await expect(text).toMatchFileSnapshot(golden(`whole/${name}`));
  });

  it("prints Markdown", async () => {
    const text = showRun(made.folder, { markdown: true });
    await expect(text).toMatchFileSnapshot(golden("whole/summary.md"));
  });

  it("writes a page", async () => {
    await expect(pageText(made.read("report.html"))).toMatchFileSnapshot(golden("whole/page.txt"));
  });

  it("is compared with a run in which XDP costs a tenth more", async () => {
    const cost = (order: MeasuredOrder) => costOf(order) * (order.path === "xdp" ? 1.1 : 1);
    const dearer = await runFake(wholeConfig.slice(1), { cost });
    const comparison = compareRuns([made, dearer].map(({ folder }) => loadRun(folder)));
    await expect(formatComparison(comparison)).toMatchFileSnapshot(golden("compared/text.txt"));
    await expect(comparisonMarkdown(comparison)).toMatchFileSnapshot(golden("compared/text.md"));
    const page = pageText(comparisonPage(comparison));
    await expect(page).toMatchFileSnapshot(golden("compared/page.txt"));
  });
});

/** Each of the ways in which a cell can end without a figure. */
function troubleOf(order: FakeOrder): TrialResult | undefined {
  const { role, path, variant, index } = order;
  const name = `${role} ${path}/${variant}`;
  if (name === "verify xdp/af-xdp") {
    return { status: "skipped", missing: "no AF_XDP in this kernel", remedy: "take another" };
  }
  if (name === "verify xdp/native") {
    const faults = { lost: 3, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 };
    const drops = { dropsExpected: {}, dropsCounted: {} };
    const firstProblem = "frame 7 of 64 bytes did not come out";
    const judgement = { expected: 100, matched: 97, ...faults, firstProblem };
    return { status: "verified", frames: 100, seed: 1, judgement, ...drops };
  }
  const size = order.role === "closed-loop" ? order.frameBytes : undefined;
  if (name === "closed-loop userspace-pmd/net-null" && size === 128) {
    return {
      status: "failed",
      reason: `the trial's process was ended by SIGKILL (order ${index})`,
    };
  }
  return undefined;
}

describe("a run in which much goes wrong", () => {
  let made: FakeRun;
  beforeAll(async () => {
    const refusal = ({ place }: Section) =>
      place.kind === "guest"
        ? new IopathError(1, "no guest: QEMU is not installed", { remedy: "install it" })
        : undefined;
    made = await runFake(smallConfig, { answer: troubleOf, refusal });
  });

  it.each([
    "results.csv",
    "results-long.csv",
    "results-wide.csv",
    "metrics.txt",
    "bencher.json",
    "action-benchmark.json",
    "datapackage.json",
  ])("writes %s", async (name) => {
    await expect(made.read(name)).toMatchFileSnapshot(golden(`trouble/${name}`));
  });

  it("journals each step, its samples apart", async () => {
    const lines = made.read("journal.jsonl").replaceAll(/\[[\d.,]{100,}\]/g, (samples) => {
      return `"${samples.split(",").length} samples"`;
    });
    await expect(lines).toMatchFileSnapshot(golden("trouble/journal.jsonl"));
  });

  it("shows what came of each step, and why", async () => {
    await expect(`${made.told.join("\n")}\n`).toMatchFileSnapshot(golden("trouble/progress.txt"));
  });

  it("prints a table, Markdown and a page that say what is missing", async () => {
    await expect(showRun(made.folder, {})).toMatchFileSnapshot(golden("trouble/table.txt"));
    const markdown = showRun(made.folder, { markdown: true });
    await expect(markdown).toMatchFileSnapshot(golden("trouble/summary.md"));
    const page = pageText(made.read("report.html"));
    await expect(page).toMatchFileSnapshot(golden("trouble/page.txt"));
  });
});

describe("the gate on instructions", () => {
  it("gives its verdict on a path that became dearer", async () => {
    const file = join(newFolder(), "../baseline.csv");
    const before = await runFake(countedConfig);
    updateBaseline(readCandidate(before.folder), file);
    const cost = (order: MeasuredOrder) =>
      costOf(order) * (order.path === "sriov-vf" ? 1.03 : 0.999);
    const after = await runFake(countedConfig, { cost });
    const judged = gate(readCandidate(after.folder), file, { within: 0.01, cells: {} });
    const result = { ...judged, startedAt: "2026-12-01T08:00:00.000Z", elapsedMs: 0 };
    const text = formatGate(result, false).replaceAll(/\S*\/(baseline|results)\.csv/g, "…/$1.csv");
    await expect(text).toMatchFileSnapshot(golden("gate/text.txt"));
    expect(gateStatus(result, "fail")).toBe(1);
    expect(gateJson(result, "fail")).toContain('"regression"');
  });
});
