/**
 * Measures what each variant costs in a guest and compares it with the baseline in
 * results/baseline:
 *
 *     npm run costs
 *     npm run costs -- --update
 */
import { join, resolve } from "node:path";
import { statusOfError } from "../src/cli/outcome.ts";
import { abortOnSignals } from "../src/cli/signals.ts";
import { resolveBaseline } from "../src/gate/baseline.ts";
import {
  costProblems,
  costsFile,
  judgeCosts,
  loadCosts,
  measureCosts,
} from "../src/gate/counted/costs.ts";
import { updateBaseline } from "../src/gate/counted/update.ts";
import { formatGate } from "../src/gate/report-text.ts";
import { loadThresholds } from "../src/gate/thresholds.ts";
import { loadConfig } from "../src/matrix/config.ts";
import { screenOf } from "../src/present/terminal/screen.ts";

const root = resolve(import.meta.dirname, "../..");
const configFile = join(root, "bench.costs.config.ts");
const interruption = abortOnSignals();

try {
  await main(process.argv.includes("--update"));
} catch (error) {
  process.exitCode = statusOfError(error, interruption);
}

async function main(update: boolean): Promise<void> {
  const began = new Date();
  const config = await loadConfig(configFile, {});
  const folder = join(root, "results/costs");
  const rows = await measureCosts({ config, folder, signal: interruption });
  if (update) {
    const candidate = { name: "", rows, isPart: false };
    process.stdout.write(`${updateBaseline(candidate, resolveBaseline(costsFile))}\n`);
    return;
  }
  const found = judgeCosts(rows, loadCosts(), await loadThresholds(configFile));
  const times = { startedAt: began.toISOString(), elapsedMs: Date.now() - began.getTime() };
  process.stdout.write(`${formatGate({ ...found, ...times }, screenOf(process.stdout).color)}\n`);
  if (costProblems(found).length > 0) process.exitCode = 1;
}
