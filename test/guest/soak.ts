/**
 * Guests in a row: each starts, runs a cell and ends. Counts those that did all of it with the
 * right status, and ends with 1 when one did not.
 *
 *     npm run guest:soak [-- how many, 20 when not said]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readRows } from "../rows.ts";

const iopath = resolve(import.meta.dirname, "../../harness/bin/iopath");
const limitMs = 5 * 60_000;
const guests = Number(process.argv[2] ?? 20);

const folder = mkdtempSync(join(tmpdir(), "iopath-soak-"));
const cell = ["--path", "xdp", "--variant", "native", "--frame-bytes", "64", "--window", "64"];
const args = ["run", "--place", "guest", ...cell, "--samples", "50", "--out", folder];
let right = 0;
try {
  for (let guest = 1; guest <= guests; guest++) {
    const startedMs = performance.now();
    const { status, stderr } = spawnSync(iopath, args, { encoding: "utf8", timeout: limitMs });
    const measured = status === 0 && readRows(folder).every((row) => row.status === "measured");
    if (measured) right++;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(
      `guest ${guest}: ${measured ? "right" : `WRONG, status ${status}\n${stderr}`}, ${seconds} s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${right} of ${guests} guests were right`);
process.exitCode = right === guests ? 0 : 1;
