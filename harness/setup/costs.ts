/**
 * Measures what each variant costs in a guest and compares it with the baseline in
 * results/baseline:
 *
 *     npm run costs
 *     npm run costs -- --update
 */
import { join, resolve } from "node:path";
import { explain, IopathError } from "@iopath/contract";
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

const root = resolve(import.meta.dirname, "../..");
const configFile = join(root, "bench.costs.config.ts");
const interruption = new AbortController();
process.on("SIGINT", () => interruption.abort());

try {
  await main(process.argv.includes("--update"));
} catch (error) {
  if (!(error instanceof IopathError)) throw error;
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error.exitStatus;
}

async function main(update: boolean): Promise<void> {
  const began = new Date();
  const config = await loadConfig(configFile, {});
  const folder = join(root, "results/costs");
  const rows = await measureCosts({ config, folder, signal: interruption.signal });
  if (update) {
    const candidate = { name: "", rows, isPart: false };
    process.stdout.write(`${updateBaseline(candidate, resolveBaseline(costsFile))}\n`);
    return;
  }
  const found = judgeCosts(rows, loadCosts(), await loadThresholds(configFile));
  const times = { startedAt: began.toISOString(), elapsedMs: Date.now() - began.getTime() };
  process.stdout.write(`${formatGate({ ...found, ...times }, process.stdout.isTTY)}\n`);
  if (costProblems(found).length > 0) process.exitCode = 1;
}
