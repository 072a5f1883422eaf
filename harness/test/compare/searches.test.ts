/** `iopath compare` of runs of searches. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { performCompare } from "../../src/cli/perform/compare.ts";
import { compareSearches } from "../../src/compare/searches.ts";
import { openLoopRunOf } from "../../src/open-loop/report/files.ts";
import { type OpenLoopRun, toOpenLoopJson } from "../../src/open-loop/report/json.ts";
import { cellOf, fakeMachine, fakeRun } from "../open-loop/fake-run.ts";
import { parsePage } from "../parse-page.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-compare-searches-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const cells = [cellOf({ searches: 3 }), cellOf({ path: "userspace-pmd", variant: "net-null" })];

async function runOf(capacity: number, own = cells): Promise<OpenLoopRun> {
  return openLoopRunOf(await fakeRun(own, { machine: fakeMachine({ capacity }) }));
}

let slow: OpenLoopRun;
let fast: OpenLoopRun;
beforeAll(async () => {
  slow = await runOf(700_000);
  fast = await runOf(900_000);
});

const whichOf = (a: OpenLoopRun, b: OpenLoopRun) =>
  compareSearches([a, b]).rates.map(({ goal, which }) => [goal, which]);

describe("runs of searches compared", () => {
  it("name a difference where the intervals leave each other out", () => {
    expect(whichOf(slow, fast)).toEqual([
      ["ndr", "higher"],
      ["pdr", "higher"],
    ]);
    expect(whichOf(fast, slow).map(([, which]) => which)).toEqual(["lower", "lower"]);
    const [ndr] = compareSearches([slow, fast]).rates;
    expect(ndr!.ratio).toBeCloseTo(9 / 7, 1);
  });

  it("name none where they overlap, or one is open above", () => {
    expect(whichOf(slow, slow).map(([, which]) => which)).toEqual([
      ...["no difference seen", "no difference seen"],
    ]);
    const rows = slow.rows.map((row) => ({ ...row, ndr_upper_fps: null, pdr_upper_fps: null }));
    expect(whichOf({ ...slow, rows }, fast)[0]).toEqual(["ndr", "no difference seen"]);
  });

  it("say where there were too few searches to tell", async () => {
    const one = await runOf(900_000, [cellOf()]);
    expect(whichOf(slow, one)[0]).toEqual(["ndr", "higher, by too few searches to tell"]);
  });

  it("keep profiles apart, and what one of them did not measure", async () => {
    const other = await runOf(900_000, [cellOf({ variant: "native" })]);
    const { rates, apart } = compareSearches([slow, other]);
    expect(rates).toEqual([]);
    expect(apart.map(({ cell, reason }) => `${cell}: ${reason}`)).toEqual([
      "xdp/af-xdp/64B: not in B",
      "userspace-pmd/net-null/64B: not in B",
      "xdp/native/64B: in B, and not in A",
    ]);
    const [, skipped] = compareSearches([slow, fast]).apart;
    expect(skipped).toBeUndefined();
    expect(compareSearches([slow, fast]).apart[0]!.reason).toMatch(/^skipped in A: /);
  });
});

describe("iopath compare", () => {
  const placeOf = (name: string, run: OpenLoopRun) => {
    const place = mkdtempSync(join(folder, `${name}-`));
    writeFileSync(join(place, "open-loop.json"), toOpenLoopJson(run));
    return place;
  };
  const plan = { does: "compare" as const, markdown: false, page: undefined, by: undefined };

  function printed(more: Partial<Parameters<typeof performCompare>[0]>): string {
    let text = "";
    vi.spyOn(process.stdout, "write").mockImplementation((part) => {
      text += part;
      return true;
    });
    vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    performCompare({ ...plan, places: [placeOf("a", slow), placeOf("b", fast)], ...more });
    return text;
  }

  it("prints rates and latencies, as text and as Markdown", () => {
    expect(printed({})).toMatch(/xdp\/af-xdp\/64B +NDR +B +0\.\d+ .* higher/);
    expect(printed({ markdown: true })).toMatch(/\| xdp\/af-xdp\/64B \| 50% of PDR \| B \|/);
  });

  it("writes a page", () => {
    const page = join(folder, "page.html");
    printed({ page });
    const text = parsePage(readFileSync(page, "utf8")).body.textContent;
    expect(text).toContain("Runs of searches compared");
  });

  it("refuses a run of another kind beside it, and kernels", () => {
    const closed = join(
      import.meta.dirname,
      "../../../results/published/2026-11-29-amd-epyc-2-cpu",
    );
    expect(() => printed({ places: [placeOf("a", slow), closed] })).toThrow(/is a run of searches/);
    expect(() => printed({ by: "kernel" })).toThrow("--by kernel has no effect on searches");
  });
});
