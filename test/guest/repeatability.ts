/**
 * Whether counted instructions repeat: the cells of bench.guest.config.ts in five runs, each in
 * guests of its own, every other one beside a process that keeps a CPU busy. Prints the spread of
 * p50 of each cell as a table and ends with 1 when one is wider than promised.
 *
 *     npm run guest:repeatability [-- --keep FOLDER] [flags of `iopath run`]
 *
 * With a folder to keep runs in, those that are whole already are not made again: it goes on where
 * it was cut.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Row } from "@iopath/harness";
import { readRows } from "../rows.ts";

const runs = 5;
const root = resolve(import.meta.dirname, "../..");
const runLimitMs = 20 * 60_000;

/**
 * Widest spread of p50, largest less smallest, relative to the smallest: hot loops with no
 * scheduler in them.
 */
const exact = /\/(tester-only\/direct|xdp\/native|sriov-vf\/vfio)\//;
const exactSpread = 0.001;
const usualSpread = 0.005;

function measure(run: number, folder: string): readonly Row[] {
  const out = join(folder, String(run + 1));
  if (isWhole(out)) return readRows(out);
  console.error(`run ${run + 1} of ${runs}${run % 2 === 1 ? ", beside a busy CPU" : ""}`);
  using _load = run % 2 === 1 ? keepBusy() : undefined;
  const args = ["run", "--config", join(root, "bench.guest.config.ts"), "--out", out];
  const options = { stdio: ["ignore", "ignore", "inherit"] as const, timeout: runLimitMs };
  const { status } = spawnSync(
    join(root, "harness/bin/iopath"),
    [...args, "--clock", "instructions", ...flags],
    { ...options, stdio: [...options.stdio] },
  );
  if (status !== 0) throw new Error(`run ${run + 1} ended with status ${status}`);
  return readRows(out);
}

/** Not cut: a run that was leaves rows without a figure. */
function isWhole(folder: string): boolean {
  if (!existsSync(join(folder, "results.csv"))) return false;
  return readRows(folder).every(({ status, p50 }) => status === "skipped" || p50 !== null);
}

/** A process that does nothing but take a CPU. */
function keepBusy(): Disposable {
  const child: ChildProcess = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return { [Symbol.dispose]: () => child.kill("SIGKILL") };
}

function report(all: readonly (readonly Row[])[]): boolean {
  let kept = true;
  console.log(`| cell | p50 of ${runs} runs | spread | allowed | |\n|---|---|--:|--:|---|`);
  for (const { cell, status, reason } of all[0]!) {
    const figures = all.map((rows) => rows.find((row) => row.cell === cell)?.p50 ?? null);
    if (figures.includes(null)) {
      console.log(`| \`${cell}\` | ${status}: ${reason} | | | |`);
      kept &&= status === "skipped";
      continue;
    }
    const values = figures as number[];
    const low = Math.min(...values);
    const spread = (Math.max(...values) - low) / low;
    const allowed = exact.test(cell) ? exactSpread : usualSpread;
    kept &&= spread <= allowed;
    const shown = values.map((value) => value.toFixed(1)).join(", ");
    const percent = (part: number) => `${(100 * part).toFixed(3)} %`;
    const verdict = spread <= allowed ? "within" : "BEYOND";
    console.log(
      `| \`${cell}\` | ${shown} | ${percent(spread)} | ${percent(allowed)} | ${verdict} |`,
    );
  }
  return kept;
}

/** Our one flag comes first; all others are for `iopath run`. */
const [flag, keptIn] = process.argv.slice(2);
const kept = flag === "--keep" && keptIn ? resolve(keptIn) : undefined;
const flags = process.argv.slice(kept ? 4 : 2);
const folder = kept ?? mkdtempSync(join(tmpdir(), "iopath-repeat-"));
try {
  const all = Array.from({ length: runs }, (_, run) => measure(run, folder));
  process.exitCode = report(all) ? 0 : 1;
} finally {
  if (!kept) rmSync(folder, { recursive: true });
}
