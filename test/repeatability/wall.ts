/**
 * Whether speed-ups by the wall clock repeat: several default runs of the host's lab, and how far
 * each cell of each run is from the median of all.
 *
 *     npm run wall:repeatability -- --runs 5 --minutes 30 --busy --out FOLDER -- --max-minutes 3
 *
 * With `--busy` a process of ours takes the measured CPU for half of the time meanwhile. No run
 * begins that would not end in time, and one that goes on too long is interrupted. What is whole
 * stays in the folder: the next call with it goes on there. What stands behind the second `--` is
 * for `iopath run`. Ends with 1 when they do not repeat.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { allowedCpus } from "@iopath/native";
import { readRows } from "../rows.ts";
import { formatRepeats, isRepeatable, repeatsOf } from "./judge.ts";

const root = resolve(import.meta.dirname, "../..");
/** Left in the folder of a run that was not cut. */
const wholeName = "whole.json";

const { values, positionals: flags } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    minutes: { type: "string", default: "30" },
    busy: { type: "boolean", default: false },
    out: { type: "string", default: join(root, "results/runs/repeatability") },
  },
});
const [runs, minutes] = [Number(values.runs), Number(values.minutes)];
if (!(runs >= 2 && minutes > 0)) throw new Error("--runs takes 2 or more, --minutes more than 0");
const endsAt = performance.now() + minutes * 60_000;

/** How long it took, or undefined when it was cut or made otherwise. */
function tookMs(folder: string): number | undefined {
  const file = join(folder, wholeName);
  if (!existsSync(file)) return undefined;
  const made = JSON.parse(readFileSync(file, "utf8")) as Made;
  if (made.busy === values.busy && made.flags.join(" ") === flags.join(" ")) return made.tookMs;
  throw new Error(`${folder} holds runs of other flags: take another --out`);
}

interface Made {
  readonly tookMs: number;
  readonly busy: boolean;
  readonly flags: readonly string[];
}

/** False when the time did not suffice. */
function measure(folder: string): boolean {
  const startMs = performance.now();
  using _load = values.busy ? takeHalfOfCpu() : undefined;
  const { status, signal } = spawnSync(
    join(root, "harness/bin/iopath"),
    ["run", "--place", "host", "--out", folder, ...flags],
    {
      stdio: ["ignore", "ignore", "inherit"],
      timeout: Math.ceil(endsAt - startMs),
      killSignal: "SIGINT", // it writes what it has
    },
  );
  if (performance.now() >= endsAt) return false;
  if (status !== 0) throw new Error(`a run ended with ${signal ?? `status ${status}`}`);
  const made: Made = { tookMs: performance.now() - startMs, busy: values.busy, flags };
  writeFileSync(join(folder, wholeName), JSON.stringify(made));
  return true;
}

/** A process on the CPU that is measured: some 10 ms of work, as long a sleep, and again. */
function takeHalfOfCpu(): Disposable {
  const args = [join(import.meta.dirname, "half-busy.ts"), String(allowedCpus().at(-1)!)];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  return { [Symbol.dispose]: () => child.kill("SIGKILL") };
}

/** Of the runs that are whole; as a file too, since what comes next may be cut. */
function report(): { readonly text: string; readonly isGood: boolean } | undefined {
  const whole = folders.filter((folder) => tookMs(folder) !== undefined);
  if (whole.length < 2) return undefined;
  const repeats = repeatsOf(whole.map(readRows));
  const longest = (Math.max(...whole.map((folder) => tookMs(folder)!)) / 60_000).toFixed(1);
  const beside = values.busy ? " beside a half-busy CPU" : "";
  const heading = `${whole.length} of ${runs} runs${beside}, ${longest} min the longest\n`;
  const text = `${heading}\n${formatRepeats(repeats)}`;
  writeFileSync(join(resolve(values.out), "report.md"), text);
  return { text, isGood: isRepeatable(repeats) };
}

const folders = Array.from({ length: runs }, (_, i) => join(resolve(values.out), String(i + 1)));
let longestMs = 0;
for (const [i, folder] of folders.entries()) {
  mkdirSync(folder, { recursive: true });
  if (tookMs(folder) === undefined) {
    if (endsAt - performance.now() <= longestMs) break;
    console.error(`run ${i + 1} of ${runs}${values.busy ? ", beside a half-busy CPU" : ""}`);
    if (!measure(folder)) break;
    report();
  }
  longestMs = Math.max(longestMs, tookMs(folder)!);
}
const found = report();
if (found) console.log(found.text);
else
  console.error(
    "fewer than 2 runs are whole, and so many can be compared; the same command goes on",
  );
process.exitCode = found?.isGood ? 0 : 1;
