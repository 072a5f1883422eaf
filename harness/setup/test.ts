/**
 * `npm test`: lint and pure tests of all projects through Nx (cached), and beside them the types of
 * all as one program; then the tests that touch the machine, in two lanes. Last, one line that
 * counts them all.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { commandIn } from "./command.ts";
import { testMachine } from "./machine-lanes.ts";

const root = resolve(import.meta.dirname, "../..");
const results = join(root, ".test-results");
/** Skips that are expected here: none. Each one fails the run, so that no test is lost unseen. */
const skipsAllowed = process.geteuid?.() === 0 ? 0 : Number.POSITIVE_INFINITY;

/** Characters of a failure's message that the closing lines repeat. */
const reasonLength = 600;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Named at the very end, where nobody has to look for them. */
  failures: string[];
}

const succeeds = commandIn(root);
const nx = [process.execPath, join(root, "node_modules/nx/dist/bin/nx.js")];

/** What vitest writes of one file. */
interface Suite {
  name: string;
  status: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
}

/** Counts of one JSON report of vitest; skips are named with the reason that their title gives. */
function readReport(file: string): Counts {
  const report = JSON.parse(readFileSync(file, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    testResults: Suite[];
  };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => !["passed", "failed"].includes(status));
  for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
  // A file that does not even load is a failed suite without a failed test.
  const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0);
  const failures = report.testResults.flatMap(failuresOf);
  return { passed: report.numPassedTests, failed, skipped: skipped.length, failures };
}

/** A line for each failed test, or for a file that failed before its tests. */
function failuresOf({ name, status, message, assertionResults }: Suite): string[] {
  const failed = assertionResults.filter((result) => result.status === "failed");
  const lines = failed.map(({ fullName, failureMessages }) => tell(fullName, failureMessages[0]));
  return status === "failed" && lines.length === 0 ? [tell(name, message)] : lines;
}

function tell(what: string, why = ""): string {
  return `failed: ${what}: ${why.split("\n    at ")[0]!.slice(0, reasonLength)}`;
}

function addUp(): Counts {
  const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const files = existsSync(results)
    ? readdirSync(results).filter((name) => name.endsWith(".json"))
    : [];
  for (const name of files) {
    const counts = readReport(join(results, name));
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    total.failures.push(...counts.failures);
  }
  return total;
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results);
const checks = [
  [...nx, "run-many", "-t", "lint", "test", "--parallel=2", "--outputStyle=static"],
  // Each package alone would have the types of all that it imports checked again.
  [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", root],
];
const checked = (await Promise.all(checks.map((command) => succeeds(command)))).every(Boolean);
const isRoot = process.geteuid?.() === 0;
if (!isRoot) console.log("not root: the tests on real namespaces are left out; run them with sudo");
const tried = !isRoot || (await testMachine(root, results));
const total = addUp();
for (const failure of total.failures) console.log(failure);
const unexplained = total.skipped > skipsAllowed;
if (unexplained) console.log("tests were skipped that can run here: that counts as a failure");
const good = checked && tried && total.failed === 0 && !unexplained && total.passed > 0;
if (!good && total.failed === 0) total.failed = 1;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = good ? 0 : 1;
