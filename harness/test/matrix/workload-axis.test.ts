import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IopathError } from "@iopath/contract";
import { afterAll, describe, expect, it } from "vitest";
import { compareRuns } from "../../src/compare/compare.ts";
import { readAsFound } from "../../src/files/rows-as-found.ts";
import { checkConfig, deriveRows, expandMatrix, type Row } from "../../src/index.ts";
import { storedRun } from "../../src/journal/events.ts";
import { narrowSections, readConfig } from "../../src/matrix/config.ts";
import { formatTable } from "../../src/present/terminal/table.ts";
import { groupRows } from "../../src/rows/groups.ts";
import { findWorkload, workloadNameOf } from "../../src/workloads/known.ts";
import { run as anyRun, wholeRun } from "../journal-fixture.ts";
import { runFake } from "../pipeline/fake-runs.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-workloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

const section = {
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  ...{ frameBytes: [128], windows: [64], rounds: 1, samples: 10, warmUpFrames: 0 },
};
const workloads = ["ipv4-forward", "mac-swap"];
const { events } = wholeRun();
const usualRows = deriveRows(wholeRun());

/** XDP costs half of the reference; a swap half of a forwarded frame. */
const made = await runFake(
  { ...section, workloads },
  {
    cost: ({ path, workload }) =>
      (path === "xdp" ? 400 : 800) * (workload === "mac-swap" ? 0.5 : 1),
  },
);

describe("cells of several workloads", () => {
  it("have the default one unnamed in their ids, and the others at the end", () => {
    expect(made.rows.map(({ cell }) => cell)).toEqual([
      "tester-only/direct/128B/burst64/flows1/window64",
      "kernel-sockets/packet-mmsg/128B/burst64/flows1/window64",
      "xdp/native/128B/burst64/flows1/window64",
      "tester-only/direct/128B/burst64/flows1/window64/mac-swap",
      "kernel-sockets/packet-mmsg/128B/burst64/flows1/window64/mac-swap",
      "xdp/native/128B/burst64/flows1/window64/mac-swap",
    ]);
  });

  it("are set against the reference of the same workload", () => {
    const xdp = made.rows.filter(({ path }) => path === "xdp");
    expect(xdp.map(({ p50, speedup_over_reference: ratio }) => [p50, ratio])).toEqual([
      [400, 2],
      [200, 2],
    ]);
  });

  it("are verified and measured with it, and each has its program's hash", () => {
    const asked = made.orders.map(({ role, workload }) => `${role} ${workload}`);
    for (const role of ["verify", "closed-loop"]) {
      for (const name of workloads) expect(asked).toContain(`${role} ${name}`);
    }
    expect(new Set(made.rows.map((row) => row.workload_hash))).toEqual(new Set(["0123456789ab"]));
  });

  it("are probed once for each workload, where there are several of a variant", async () => {
    const { orders } = await runFake({ ...section, windows: [1, 64], workers: [2], workloads });
    const probes = orders.filter(({ role }) => role === "probe");
    expect(probes.map(({ variant, workload }) => `${variant} ${workload}`)).toEqual([
      "packet-mmsg ipv4-forward",
      "native ipv4-forward",
      "packet-mmsg mac-swap",
      "native mac-swap",
    ]);
  });

  it("are skipped with the workload alone that a variant can't do", async () => {
    const { rows } = await runFake(
      { ...section, windows: [1, 64], workers: [2], workloads },
      {
        answer: ({ role, workload, variant }) =>
          role === "probe" && workload === "mac-swap" && variant === "native"
            ? { status: "skipped", missing: "no swap", remedy: "none" }
            : undefined,
      },
    );
    const skipped = rows.filter(({ status }) => status === "skipped");
    expect(skipped.map(({ path, workload, reason }) => [path, workload, reason])).toEqual(
      Array(2).fill(["xdp", "mac-swap", "no swap; none"]),
    );
  });

  it("are in groups of their own, of which the default one is named as before", () => {
    const groups = groupRows(made.rows);
    expect(groups.map(({ label }) => label)).toEqual([
      "virtual · place host · clock wall",
      "virtual · place host · clock wall · workload mac-swap",
    ]);
    expect(groups.map(({ slug }) => slug)).toEqual([
      "virtual-host-wall",
      "virtual-host-wall-mac-swap",
    ]);
    expect(formatTable(made.rows)).toContain("workload mac-swap");
    expect(made.read("report.html")).toContain("workload mac-swap");
    expect(made.read("metrics.txt")).toContain('workload="mac-swap"');
    expect(made.read("results.csv").split("\r\n")[0]).toContain(",workload,");
  });
});

describe("rows of before there was the axis", () => {
  it("are of ipv4-forward", () => {
    const old = usualRows.map(({ workload: _, workload_hash: __, ...row }) => row as Row);
    expect(readAsFound(old).rows.map(({ workload }) => workload)).toEqual(
      usualRows.map(() => "ipv4-forward"),
    );
  });

  it("come of journals that name none", () => {
    const { workloads: _, ...run } = storedRun(anyRun);
    const config = run.config.map(({ workloads: _names, ...keys }) => keys);
    const checked = checkConfig(config, "test");
    expect(checked[0]!.workloads).toEqual(["ipv4-forward"]);
    const rows = deriveRows({ run: { ...anyRun, config: checked, workloads: {} }, events });
    expect(new Set(rows.map((row) => `${row.workload}${row.workload_hash}`))).toEqual(
      new Set(["ipv4-forward"]),
    );
  });
});

describe("two runs", () => {
  const told = (hashes: Record<string, string>) => ({
    run: storedRun({ ...anyRun, workloads: hashes }),
    ...{ rows: usualRows, samples: () => new Map(), notes: [] },
  });

  it("differ where a workload that both have was another program", () => {
    const runs = [told({ "ipv4-forward": "aa", "mac-swap": "bb" }), told({ "ipv4-forward": "cc" })];
    expect(compareRuns(runs).differences).toEqual([["program of ipv4-forward", "aa", "cc"]]);
  });
});

describe("a section is refused", () => {
  it.each([
    [{ workloads: ["mac-swop"] }, /no workload named mac-swop; workloads are ipv4-forward, /],
    [
      { workloads: ["ipv6-forward"], frameBytes: [64, 128] },
      /frames of ipv6-forward have 78 bytes at least, and the sizes have 64B$/,
    ],
    [{ workloads: ["ipv6-forward"], frameBytes: ["imix"] }, /at least, and the sizes have imix/],
  ])("with %o", (fields, message) => {
    expect(() => checkConfig({ ...section, ...fields }, "test")).toThrow(message);
  });

  it("with a flag as well, with exit status 3", () => {
    const narrow = () =>
      narrowSections({ ...section, frameBytes: [64] }, { workload: ["ipv6-forward"] });
    expect(narrow).toThrow(/frames of ipv6-forward have 78 bytes at least/);
    expect(narrow).toThrow(expect.objectContaining({ exitStatus: 3 }));
  });
});

/** @returns the name of a config in the folder whose modules are these, by their text */
function configOf(modules: Record<string, string>, fields: object = {}): string {
  for (const [name, text] of Object.entries(modules))
    writeFileSync(join(folder, `${name}.mjs`), text);
  const named = Object.fromEntries(Object.keys(modules).map((name) => [name, `./${name}.mjs`]));
  const file = join(folder, `${Object.keys(modules).join("-")}.config.mjs`);
  writeFileSync(
    file,
    `export default ${JSON.stringify({ ...section, modules: named, ...fields })};`,
  );
  return file;
}

const whole = (name: string, left = "") => {
  const functions = [
    "newFastForm",
    "reference",
    "randomFrames",
    "identityOf",
    "isOurs",
    "isAnswer",
  ];
  const fields = functions.filter((one) => one !== left).map((one) => `${one}() {}`);
  const measuring = "measuring: { frameBytesMin: 64, build() {} }";
  return `export const workload = { name: "${name}", reasons: ["any"], ${fields}, ${measuring} };`;
};

describe("a workload of the user's own", () => {
  it("is found relative to the config, and by its absolute file from then on", async () => {
    const [read] = await readConfig(
      configOf({ "my-work": whole("my-work") }, { workloads: ["my-work"] }),
    );
    expect(expandMatrix([read!]).map(({ workload }) => workload)).toEqual(Array(3).fill("my-work"));
    expect(findWorkload("my-work").reasons).toEqual(["any"]);
    const workloadModule = join(folder, "my-work.mjs");
    expect(workloadNameOf("my-work")).toEqual({ workload: "my-work", workloadModule });
  });

  it.each([
    ["whose name is another", "other-name", whole("good"), /workload other-name: .* named good/],
    [
      "without a reference",
      "no-reference",
      whole("no-reference", "reference"),
      /without `reference`/,
    ],
    ["without reasons", "no-reasons", whole("no-reasons").replace('"any"', ""), /without reasons/],
    [
      "that takes a name of iopath's",
      "mac-swap",
      whole("mac-swap"),
      /taken by a workload of iopath/,
    ],
    ["that is nothing", "null-work", "export const workload = null;", /exports no `workload`/],
  ])("is refused %s", async (_what, name, text, message) => {
    const refusal = readConfig(configOf({ [name]: text }));
    await expect(refusal).rejects.toThrow(message);
    const { exitStatus } = (await refusal.catch((error) => error)) as IopathError;
    expect(exitStatus).toBe(4);
  });
});
