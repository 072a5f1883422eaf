/** Sections of a config with `mode: "open-loop"`, and the plan that they come down to. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/cli/plan.ts";
import { startCommand } from "../../src/cli/program.ts";
import { readConfig, readOpenLoopSections } from "../../src/matrix/config.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-open-loop-section-"));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
function configOf(value: unknown): string {
  const file = join(folder, `${written++}.ts`);
  writeFileSync(file, `export default ${JSON.stringify(value)};`);
  return file;
}

const open = { mode: "open-loop", paths: { xdp: ["native", "af-xdp"] } };
const closed = { paths: { xdp: ["native"] }, frameBytes: [64], windows: [1] };

async function planOf(...line: string[]): Promise<Plan> {
  let plan: Plan | undefined;
  const perform = async (made: Plan) => {
    plan = made;
    return 0;
  };
  const interruption = new AbortController().signal;
  await startCommand(line, { perform, interruption, output: { requireWritten: async () => {} } })
    .status;
  if (!plan) throw new Error("the line was refused");
  return plan;
}

const cellsOf = (plan: Plan) => (plan.does === "search" ? plan.searches.cells : []);

describe("a section for an open loop", () => {
  it("has the defaults of the command", async () => {
    expect(await readOpenLoopSections(configOf(open))).toMatchObject([
      {
        ...{ frameBytes: [64], bursts: [64], workloads: ["ipv4-forward"] },
        ...{ profile: "quick", searches: 1, realtime: false },
      },
    ]);
  });

  it("stands beside others, which `iopath run` measures", async () => {
    const file = configOf([closed, open]);
    expect(await readConfig(file)).toHaveLength(1);
    expect(await readOpenLoopSections(file)).toHaveLength(1);
  });

  it("is named by `iopath run`, which leaves it out", async () => {
    const file = configOf([closed, open]);
    expect(await planOf("run", "--config", file)).toMatchObject({ searchesIn: file });
    const other = configOf(closed);
    expect(await planOf("run", "--config", other)).toMatchObject({ searchesIn: undefined });
  });

  it("alone is refused by `iopath run`, with the command that takes it", async () => {
    await expect(readConfig(configOf(open))).rejects.toMatchObject({
      message: expect.stringContaining('only sections with mode "open-loop"'),
      remedy: expect.stringContaining("iopath search --config"),
    });
  });

  it.each([
    [{ ...open, windows: [1] }, /unknown key windows; allowed are mode, modules, paths/],
    [{ ...open, profile: "slow" }, /profile: .*"quick"\|"rfc2544-strict"/],
    [{ ...open, frameBytes: [63] }, /frameBytes.0: a frame has 64 bytes at least/],
    [{ ...open, frameBytes: ["imix"] }, /frameBytes.0: /],
    [{ ...open, paths: { xdp: ["none"] } }, /paths.xdp: .*no variant none/],
    [{ ...open, workloads: ["none"] }, /no workload named none/],
  ])("says what is wrong with it: %o", async (section, message) => {
    await expect(readOpenLoopSections(configOf(section))).rejects.toThrow(message);
  });
});

describe("iopath search --config", () => {
  it("searches for each variant of its sections, one size after the other", async () => {
    const file = configOf([closed, { ...open, frameBytes: [64, 1518], searches: 3 }]);
    const cells = cellsOf(await planOf("search", "--config", file));
    expect(cells.map((cell) => [cell.variant, cell.frameBytes, cell.searches])).toEqual([
      ["native", 64, 3],
      ["native", 1518, 3],
      ["af-xdp", 64, 3],
      ["af-xdp", 1518, 3],
    ]);
  });

  it("takes flags before what a section says", async () => {
    const file = configOf({ ...open, searches: 3, profile: "rfc2544-strict" });
    const flags = ["--searches", "2", "--profile", "quick", "--frame-bytes", "128", "--realtime"];
    const cells = cellsOf(await planOf("search", "--config", file, ...flags));
    const wanted = { searches: 2, profile: "quick", frameBytes: 128, realtime: true };
    expect(cells).toMatchObject([wanted, wanted]);
  });

  it("needs a section for an open loop", async () => {
    await expect(planOf("search", "--config", configOf(closed))).rejects.toThrow("refused");
  });
});

describe("iopath search --ports", () => {
  const search = (...flags: string[]) => planOf("search", "xdp/native", ...flags);

  it("searches between interfaces that are there", async () => {
    const plan = await search(
      "--ports",
      "a,b",
      "--tester",
      "c,d",
      "--next-hop",
      "02:00:00:00:00:09",
    );
    expect(plan).toMatchObject({
      searches: {
        interfaces: { ports: ["a", "b"], tester: ["c", "d"], nextHop: "02:00:00:00:00:09" },
      },
    });
  });

  it.each([
    ["without a tester", ["--ports", "a,b"]],
    ["with a tester elsewhere", ["--ports", "a,b", "--tester", "none"]],
    ["on PCI addresses", ["--ports", "0000:01:10.0,0000:01:10.2", "--tester", "c,d"]],
    ["with a tester alone", ["--tester", "c,d"]],
    ["with force alone", ["--force"]],
  ])("is refused %s", async (_, flags) => {
    await expect(search(...flags)).rejects.toThrow("refused");
  });
});
