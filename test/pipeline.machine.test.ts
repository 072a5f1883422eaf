import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCapture, type Row } from "@iopath/harness";
import { namespaceNames } from "@iopath/lab";
import { allowedCpus, readIfThere } from "@iopath/native";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it, vi } from "vitest";
import { iopath, start, startOn } from "./command.ts";
import { readRows, schemaFile } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

const small = [
  "--place",
  "host",
  "--frame-bytes",
  "64",
  "--window",
  "64",
  "--samples",
  "50",
  "--rounds",
  "1",
];

/** Namespaces of a command; other runs on this machine have some as well. */
function namespacesOf(pid: number | undefined): string[] {
  return namespaceNames().filter((name) => name.startsWith(`iopath-${pid}-`));
}

function childrenOf(pid: number | undefined): string[] {
  const found = readIfThere(`/proc/${pid}/task/${pid}/children`) ?? "";
  return found.split(" ").filter(Boolean);
}

/** Looks again and again: a busy machine takes its time. */
const until = (what: () => boolean) => vi.waitUntil(what, { timeout: 300_000, interval: 20 });

function trialsIn(out: string): number {
  try {
    return readFileSync(join(out, "journal.jsonl"), "utf8").split('"event":"trial"').length - 1;
  } catch {
    return 0;
  }
}

/** All rows but those that need hugepages: a machine has them only when they are set aside. */
function expectMeasured(rows: readonly Row[]): Row[] {
  const huge = rows.filter(
    ({ variant, status }) => variant.endsWith("-huge") && status === "skipped",
  );
  for (const { reason } of huge) expect(reason).toContain("huge");
  const others = rows.filter((row) => !huge.includes(row));
  for (const { cell, status, reason } of others)
    expect([cell, status, reason]).toEqual([cell, "measured", ""]);
  return others;
}

describe("a run", () => {
  const out = join(folder, "whole");

  it("measures every cell, in table and CSV alike", async () => {
    const ended = await iopath("run", ...small, "--out", out);
    expect(ended.complaint).not.toContain("failed");
    expect(ended.status).toBe(0);
    const rows = readRows(out);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    for (const row of expectMeasured(rows)) {
      const digits = row.p50! < 100 ? 1 : 0;
      const shown = row.p50!.toLocaleString("en-US", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      const line = ended.out.split("\n").find((text) => {
        const [path, variant] = text.trim().split(/\s+/);
        return path === row.path && (path === "tester-only" || variant === row.variant);
      });
      expect(line).toContain(shown);
    }
    expect(namespacesOf(ended.pid)).toEqual([]);
  });

  it("writes rows that are valid by the published schema", () => {
    const validate = new Ajv2020({ formats: { "date-time": true } }).compile(
      JSON.parse(readFileSync(schemaFile, "utf8")) as object,
    );
    for (const row of readRows(out)) {
      expect(validate(row), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("counts as many frames back as it sent, and sets every cell in relation to the reference", () => {
    for (const row of expectMeasured(readRows(out))) {
      expect(row.frames_received).toBe(row.frames_sent);
      expect(row.frames_sent).toBeGreaterThan(0);
      expect(row.speedup_over_reference).toBeGreaterThan(0);
    }
    const reference = readRows(out).find(({ variant }) => variant === "packet-mmsg")!;
    // Of two processes of it: equal code, and not the same launch.
    expect(reference.speedup_over_reference).toBeCloseTo(1, 0);
  });

  it("goes on where it was cut, and measures nothing twice", async () => {
    const journal = join(out, "journal.jsonl");
    const whole = readFileSync(journal, "utf8").replace(/\{"event":"spent".*\n$/, "");
    const lines = whole.split("\n");
    const kept = lines.slice(0, -4).join("\n").length + 1;
    truncateSync(journal, kept + 40); // the next line is cut in the middle
    const ended = await iopath("run", "--resume", "--out", out);
    expect(ended.status).toBe(0);
    const after = readFileSync(journal, "utf8");
    expect(after.startsWith(whole.slice(0, kept))).toBe(true);
    expect(after.split("\n").length).toBe(lines.length + 1); // what its time went into
    expectMeasured(readRows(out));
  });

  it("refuses a journal that is not of this version, and leaves it as it is", async () => {
    const strange = mkdtempSync(join(folder, "strange-"));
    writeFileSync(join(strange, "journal.jsonl"), '{"event":"party"}\n');
    const ended = await iopath("run", "--resume", "--out", strange);
    expect(ended.status).toBe(5);
    expect(ended.complaint).toContain("line 1 of");
    expect(readFileSync(join(strange, "journal.jsonl"), "utf8")).toContain("party");
  });
});

describe("a variant that the driver refuses", () => {
  it("is a skipped row with the driver's answer and a remedy, and the rest is measured", async () => {
    const out = join(folder, "skipped");
    const variants = ["--path", "xdp", "--variant", "native,af-xdp-zero-copy"];
    const { status, out: table } = await iopath("run", ...small, ...variants, "--out", out);
    expect(status).toBe(0);
    const [native, zeroCopy] = readRows(out);
    expect(native).toMatchObject({ variant: "native", status: "measured" });
    expect(zeroCopy).toMatchObject({ status: "skipped", p50: null });
    expect(zeroCopy!.reason).toMatch(/AF_XDP socket on port0.*: E[A-Z]+/s);
    expect(table).toContain("skipped: ");
  });
});

describe("a run that is ended", () => {
  const args = [
    "run",
    "--place",
    "host",
    "--frame-bytes",
    "64",
    "--path",
    "tester-only,xdp",
    "--rounds",
    "50",
  ];

  it("by SIGINT keeps its rows, leaves nothing behind and says how to go on", async () => {
    const out = join(folder, "interrupted");
    const { child, ended } = start(...args, "--out", out);
    await until(() => trialsIn(out) > 2);
    child.kill("SIGINT");
    const { status, complaint } = await ended;
    expect(status).toBe(130);
    expect(complaint).toContain("--resume goes on");
    expect(complaint).not.toMatch(/\n\s+at /);
    expect(namespacesOf(child.pid)).toEqual([]);
    expect(readRows(out).some(({ samples }) => samples > 0)).toBe(true);
    const unsure = readRows(out).filter(({ width_goal: goal }) => goal !== "reached");
    expect(unsure).toEqual(readRows(out));
  });

  it("by SIGKILL in a launch leaves no process and what `clean` removes, and goes on", async () => {
    const out = join(folder, "killed");
    const cells = ["--path", "kernel-sockets,xdp", "--variant", "packet-mmsg,native"];
    const sure = ["--rounds", "3", "--width", "90"];
    // On one CPU: the run says so, and all goes as on several.
    const run = ["run", ...small.slice(0, -2), ...cells, ...sure, "--out", out];
    const { child, ended } = startOn(allowedCpus()[0]!, ...run);
    await until(() => trialsIn(out) === 2 && childrenOf(child.pid).length === 3);
    const lanes = childrenOf(child.pid);
    child.kill("SIGKILL");
    expect((await ended).complaint).toContain("This run has one CPU");
    await until(() => lanes.every((pid) => !existsSync(`/proc/${pid}`)));
    expect(namespacesOf(child.pid)).toHaveLength(2 * (1 + lanes.length));
    const { status, out: said } = await iopath("clean");
    expect(status).toBe(0);
    expect(said).toContain("removed network namespace iopath-");
    expect(namespacesOf(child.pid)).toEqual([]);
    const journal = readFileSync(join(out, "journal.jsonl"), "utf8");
    expect((await iopath("run", "--resume", "--out", out)).status).toBe(0);
    expect(readFileSync(join(out, "journal.jsonl"), "utf8").startsWith(journal)).toBe(true);
    const [reference, native] = readRows(out);
    expect([reference!.trials, native!.trials]).toEqual([3, 3]);
    expect(native!.speedup_over_reference).toBeGreaterThan(reference!.speedup_over_reference!);
  });
});

describe("iopath verify", () => {
  it("replays a capture and writes what came out, in order", async () => {
    const source = join(folder, "all.pcap");
    const first = join(folder, "first.pcap");
    const flags = ["--path", "kernel-sockets", "--variant", "packet-mmsg"];
    const made = await iopath(
      "verify",
      ...flags,
      "--frames",
      "500",
      "--seed",
      "5",
      "--write-pcap",
      source,
    );
    expect(made.status).toBe(0);
    const replayed = await iopath(
      "verify",
      "--path",
      "xdp",
      "--variant",
      "native",
      "--pcap",
      source,
      "--write-pcap",
      first,
    );
    expect(replayed.complaint).toBe("");
    expect(replayed.status).toBe(0);
    const lowered = parseCapture(readFileSync(source), source).frames.filter(
      (frame) => frame[22]! > 1,
    );
    const identities = (frames: readonly Uint8Array[]) =>
      frames.map((frame) => (frame[18]! << 8) | frame[19]!);
    const came = parseCapture(readFileSync(first), first).frames;
    expect(identities(came)).toEqual(identities(lowered));
  });

  it("says which seed it drew", async () => {
    const { out, status } = await iopath(
      "verify",
      "--path",
      "xdp",
      "--variant",
      "generic",
      "--frames",
      "200",
    );
    expect(out).toMatch(/^seed \d+\n/);
    expect(status).toBe(0);
  });
});

describe("iopath doctor", () => {
  it("reports on each of the five paths", async () => {
    const { out, status } = await iopath("doctor");
    expect(status).toBe(0);
    for (const path of ["kernel-sockets", "xdp", "userspace-pmd", "sriov-vf", "pvrdma"]) {
      expect(out).toContain(path);
    }
  });
});
