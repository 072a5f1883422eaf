/**
 * Whether counted instructions repeat: the cells of bench.guest.config.ts in five runs, each in a guest of
 * its own, every other one beside a process that keeps a CPU busy. Prints the spread of p50 of each cell
 * and ends with 1 when one is wider than promised.
 *
 *     npm run guest:repeatability [-- flags of `iopath run`]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Row } from "@iopath/harness";
import { readRows } from "../rows.ts";

const runs = 5;
const root = resolve(import.meta.dirname, "../..");
const runLimitMs = 20 * 60_000;

/** Widest spread of p50, largest less smallest, relative to the smallest: hot loops with no scheduler in them. */
const exact = /\/(null\/none|xdp\/native|sriov-vf\/vfio)\//;
const exactSpread = 0.001;
const usualSpread = 0.005;

function measure(run: number, folder: string): readonly Row[] {
  using _load = run % 2 === 1 ? keepBusy() : undefined;
  const out = join(folder, String(run));
  const args = ["run", "--config", join(root, "bench.guest.config.ts"), "--out", out];
  const options = { stdio: ["ignore", "ignore", "inherit"] as const, timeout: runLimitMs };
  const { status } = spawnSync(
    join(root, "harness/bin/iopath"),
    [...args, "--clock", "instructions", ...process.argv.slice(2)],
    { ...options, stdio: [...options.stdio] },
  );
  if (status !== 0) throw new Error(`run ${run + 1} ended with status ${status}`);
  return readRows(out);
}

/** A process that does nothing but take a CPU. */
function keepBusy(): Disposable {
  const child: ChildProcess = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return { [Symbol.dispose]: () => child.kill("SIGKILL") };
}

function report(all: readonly (readonly Row[])[]): boolean {
  let kept = true;
  for (const { cell, status, reason } of all[0]!) {
    const figures = all.map((rows) => rows.find((row) => row.cell === cell)?.p50 ?? null);
    if (figures.includes(null)) {
      console.log(`${cell}  ${status}: ${reason}`);
      kept &&= status === "skipped";
      continue;
    }
    const values = figures as number[];
    const low = Math.min(...values);
    const spread = (Math.max(...values) - low) / low;
    const allowed = exact.test(cell) ? exactSpread : usualSpread;
    kept &&= spread <= allowed;
    const verdict = spread <= allowed ? "within" : "BEYOND";
    const shown = `${(100 * spread).toFixed(3)} % ${verdict} ${100 * allowed} %`;
    console.log(`${cell}  ${values.map((value) => value.toFixed(1)).join("  ")}  ${shown}`);
  }
  return kept;
}

const folder = mkdtempSync(join(tmpdir(), "iopath-repeat-"));
try {
  const all = Array.from({ length: runs }, (_, run) => {
    console.error(`run ${run + 1} of ${runs}${run % 2 === 1 ? ", beside a busy CPU" : ""}`);
    return measure(run, folder);
  });
  process.exitCode = report(all) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
