/** `iopath gate` and `iopath baseline` as a user calls them, on rows of earlier runs. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { iopath } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-gate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const head =
  "cell,place,clock,unit,status,reason,samples,p10,kernel,qemu,guest_command,cpu_model,node,iopath,revision,started_at";

function results(name: string, figures: Record<string, number | string>): string {
  const lines = Object.entries(figures).map(([cell, p10]) => {
    const status = typeof p10 === "number" ? "measured," : `${p10},because`;
    const figure = typeof p10 === "number" ? p10 : "";
    return `${cell},guest,instructions,instructions/frame,${status},200,${figure},6.1,10.0.8,qemu -m 1,TCG,26.10.0,0.1.0,abc,2026-11-24T12:00:00.000Z`;
  });
  writeFileSync(at(name), `${[head, ...lines].join("\r\n")}\r\n`);
  return at(name);
}

function gate(rows: string, ...flags: string[]) {
  const files = ["--out", at("out"), "--history", at("history.csv"), "--baseline", at("base.csv")];
  return iopath("gate", "--rows", rows, ...files, ...flags);
}

const good = { "xdp/native": 1000, "sriov-vf/vfio": 2000 };

beforeAll(async () => {
  const rows = results("good.csv", good);
  const ended = await iopath("baseline", "update", "--rows", rows, "--baseline", at("base.csv"));
  expect(ended).toMatchObject({ status: 0, complaint: "" });
});

describe("bad input", () => {
  const measured = ["--path", "xdp", "--variant", "native", "--wait", "0", "--out", at("unmade")];

  it.each([
    ["a baseline that is not there", ["gate", "--baseline", "/no/base.csv"], /neither a file nor/],
    [
      "a baseline that can't be written",
      ["baseline", "update", "--baseline", "/proc/no/base.csv"],
      /\/proc\/no can't be written/,
    ],
  ])("is refused before anything is measured: %s", async (_what, command, told) => {
    const ended = await iopath(...command, ...measured);
    expect(ended).toMatchObject({ out: "", complaint: expect.stringMatching(told) });
    expect(existsSync(at("unmade"))).toBe(false);
  });
});

describe("a gate's exit status", () => {
  it.each([
    ["0 when nothing changed", { ...good }, [], 0, /2 pass/],
    ["1 when a cell costs more", { ...good, "xdp/native": 1011 }, [], 1, /\+1\.10 %.*regression/],
    ["1 when a cell was skipped", { ...good, "xdp/native": "skipped" }, [], 1, /skipped: because/],
    ["2 when a cell fails", { ...good, "xdp/native": "failed" }, [], 2, /could not be measured/],
  ])("is %s", async (_what, figures, flags, status, told) => {
    const ended = await gate(results("rows.csv", figures), ...flags);
    expect(ended).toMatchObject({ status, complaint: "", out: expect.stringMatching(told) });
  });

  it("is 2 when the gate itself throws uncaught", async () => {
    const preload = join(import.meta.dirname, "faults/throws-uncaught.ts");
    vi.stubEnv("NODE_OPTIONS", `--import ${preload}`);
    const ended = await gate(at("good.csv"));
    vi.unstubAllEnvs();
    expect(ended.complaint).toContain("a fault of its own, please report it: Error: planted");
    expect(ended.status).toBe(2);
  });

  it("is 3, or 0 when asked to, when the environments differ", async () => {
    const rows = results("rows.csv", { ...good, "xdp/native": 5000 });
    writeFileSync(rows, readFileSync(rows, "utf8").replaceAll("10.0.8", "7.2.1"));
    const ended = await gate(rows);
    expect(ended.out).toMatch(/another QEMU: 10.0.8 in the baseline, 7.2.1 here/);
    expect(ended.status).toBe(3);
    expect((await gate(rows, "--inconclusive", "pass")).status).toBe(0);
  });

  it("goes with a table, JSON, JUnit XML, Markdown and a line of history", async () => {
    const before = readFileSync(at("history.csv"), "utf8").split("\n").length;
    await gate(at("good.csv"));
    expect(JSON.parse(readFileSync(at("out/gate.json"), "utf8"))).toMatchObject({ exitStatus: 0 });
    expect(readFileSync(at("out/gate.xml"), "utf8")).toMatch(/<testsuite name="iopath gate/);
    expect(readFileSync(at("out/gate.md"), "utf8")).toMatch(/^## Gate on instructions: 2 pass/);
    expect(readFileSync(at("history.csv"), "utf8").split("\n")).toHaveLength(before + 1);
  });
});

describe("a gate that can't run ends with 2 and says why:", () => {
  const base = () => readFileSync(at("base.csv"), "utf8");
  const write = (name: string, text: string) => {
    writeFileSync(at(name), text);
    return at(name);
  };

  it.each([
    ["no such baseline", () => ["--baseline", "no-such"], /neither a file nor a revision/],
    [
      "a baseline with other columns",
      () => ["--baseline", write("b.csv", base().replace("p10", "p99"))],
      /b.csv has no column p10\n.*baseline update/,
    ],
    [
      "a baseline that was cut",
      () => ["--baseline", write("b.csv", base().slice(0, -9))],
      /b.csv is cut off in its last line/,
    ],
    [
      "a baseline with a cell twice",
      () => ["--baseline", write("b.csv", `${base()}${base().split("\n")[1]}\n`)],
      /b.csv holds the cell sriov-vf\/vfio twice/,
    ],
    ["no such rows", () => ["--rows", "/no/such"], /\/no\/such can't be read \(ENOENT\)/],
    [
      "a file that holds no rows",
      () => ["--rows", write("r.csv", "a,b\n1,2\n")],
      /has no column cell/,
    ],
    ["an unknown flag", () => ["--withn", "0.1"], /unknown option '--withn'/],
    ["a threshold below 0", () => ["--within", "-1"], /0.01 is 1 %/],
    [
      "a config whose thresholds are wrong",
      () => ["--config", write("c.ts", "export const gate = { within: 'much' };")],
      /gate is wrong: within/,
    ],
    ["nowhere to write", () => ["--out", "/proc/no"], /can't be written \(ENOENT/],
    [
      "a history of another kind",
      () => ["--history", write("h.csv", "a,b\n1,2\n")],
      /h.csv has no column time/,
    ],
  ])("%s", async (_what, flags, complaint) => {
    const ended = await gate(at("good.csv"), ...flags());
    expect(ended).toMatchObject({ status: 2, complaint: expect.stringMatching(complaint) });
  });

  it("rows in wall time", async () => {
    const rows = write(
      "w.csv",
      readFileSync(at("good.csv"), "utf8").replaceAll("instructions,", "wall,"),
    );
    const ended = await gate(rows);
    expect(ended).toMatchObject({ status: 2, complaint: expect.stringMatching(/wall time/) });
  });
});

describe("baseline update", () => {
  it("leaves the old baseline as it was when a cell failed", async () => {
    cpSync(at("base.csv"), at("kept.csv"));
    const rows = results("failed.csv", { ...good, "xdp/tc": "failed" });
    const ended = await iopath("baseline", "update", "--rows", rows, "--baseline", at("kept.csv"));
    expect(ended).toMatchObject({ status: 2, complaint: expect.stringMatching(/xdp\/tc failed/) });
    expect(readFileSync(at("kept.csv"), "utf8")).toBe(readFileSync(at("base.csv"), "utf8"));
  });

  it("writes nothing where the folder can't be made", async () => {
    const rows = ["--rows", at("good.csv"), "--baseline", "/proc/no/base.csv"];
    const ended = await iopath("baseline", "update", ...rows);
    expect(ended).toMatchObject({
      status: 2,
      complaint: expect.stringMatching(/can't be written/),
    });
    expect(existsSync("/proc/no")).toBe(false);
  });
});
