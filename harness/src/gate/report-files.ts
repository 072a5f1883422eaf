/** A gate's result for machines: JSON, and JUnit XML, which CI servers show by test. */
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import XMLBuilder from "fast-xml-builder";
import { makeFolder, writeWhole } from "../files/files.ts";
import { appendStepSummary } from "../present/markdown.ts";
import { formatPercent } from "../present/number-format.ts";
import { describeFunctions, gateMarkdown } from "./report-text.ts";
import { type CellVerdict, countVerdicts, type GateResult, gateStatus } from "./verdict.ts";

export type Inconclusive = "fail" | "pass";

const gateFiles = { json: "gate.json", junit: "gate.xml", markdown: "gate.md" } as const;

/** Writes the three files, and adds to the summary of the CI job where there is one. */
export function writeGate(folder: string, result: GateResult, inconclusive: Inconclusive): void {
  makeFolder(folder);
  const markdown = gateMarkdown(result);
  writeWhole(join(folder, gateFiles.json), gateJson(result, inconclusive));
  writeWhole(join(folder, gateFiles.junit), gateJUnit(result, inconclusive));
  writeWhole(join(folder, gateFiles.markdown), markdown);
  appendStepSummary(markdown, process.env.GITHUB_STEP_SUMMARY);
}

export function gateJson(result: GateResult, inconclusive: Inconclusive): string {
  const exitStatus = gateStatus(result, inconclusive);
  const summary = countVerdicts(result.cells);
  return `${JSON.stringify({ format: 1, exitStatus, summary, ...result }, null, 2)}\n`;
}

const xml = new XMLBuilder({
  ...{ ignoreAttributes: false, attributeNamePrefix: "@", format: true, processEntities: true },
  ...{ suppressEmptyNode: true, suppressBooleanAttributes: false },
});

/**
 * A cell is a test case: a regression or a missing cell fails, an improvement passes. The elements
 * and attributes are those that Jenkins' junit-10.xsd has.
 */
export function gateJUnit(result: GateResult, inconclusive: Inconclusive): string {
  const reasons = new Map(result.failures.map(({ cell, reason }) => [cell, reason]));
  const judged = new Set(result.cells.map(({ cell }) => cell));
  const cases = result.cells.map((cell) => testCase(cell, reasons.get(cell.cell), inconclusive));
  const others = result.failures
    .filter(({ cell }) => !judged.has(cell))
    .map(({ cell, reason }) => ({ ...nameOf(cell), error: { "@message": text(reason) } }));
  const testcase = [...cases, ...others];
  const count = (outcome: string) => testcase.filter((entry) => outcome in entry).length;
  const suite = {
    "@name": `iopath gate on ${result.clock}`,
    "@timestamp": result.startedAt.replace(/\..*$/, ""),
    "@time": (result.elapsedMs / 1000).toFixed(3),
    "@tests": testcase.length,
    "@failures": count("failure"),
    "@errors": count("error"),
    "@skipped": count("skipped"),
    properties: {
      property: [property("baseline", result.baseline), property("candidate", result.candidate)],
    },
    testcase,
  };
  const declaration = { "@version": "1.0", "@encoding": "UTF-8" };
  return xml.build({ "?xml": declaration, testsuites: { testsuite: suite } });
}

function testCase(cell: CellVerdict, failure: string | undefined, inconclusive: Inconclusive) {
  const told = { "@message": text(failure ?? describe(cell)), "@type": cell.verdict };
  const named = { ...nameOf(cell.cell), "system-out": text(describe(cell)) };
  if (failure !== undefined) return { ...named, error: told };
  if (isFailure(cell, inconclusive)) return { ...named, failure: told };
  if (cell.verdict !== "inconclusive") return named;
  return { ...named, skipped: { "@message": told["@message"] } };
}

function property(name: string, value: string) {
  return { "@name": name, "@value": text(value) };
}

/**
 * "guest/igb/instructions/xdp/native/64B/…" is test "native/64B/…" of class
 * "iopath.guest.igb.instructions.xdp".
 */
function nameOf(cell: string): { "@classname": string; "@name": string } {
  const segments = cell.split("/");
  const size = segments.findLastIndex((segment) => /^(\d+B|imix)$/.test(segment));
  const path = Math.max(1, size - 1); // path, variant, size and all that stands behind it
  const name = segments.slice(path).join("/") || cell;
  return { "@classname": ["iopath", ...segments.slice(0, path)].join("."), "@name": name };
}

function isFailure({ verdict }: CellVerdict, inconclusive: Inconclusive): boolean {
  if (verdict === "inconclusive") return inconclusive === "fail";
  return verdict === "regression" || verdict === "missing";
}

function describe(cell: CellVerdict) {
  const { verdict, baseline, candidate, ratio, interval, threshold, unit, reason } = cell;
  const between = interval
    ? `, 95 % interval ${formatPercent(interval.low - 1, true)} to ${formatPercent(interval.high - 1, true)}`
    : "";
  const sides = `${baseline ?? "no figure"} → ${candidate ?? "no figure"} ${unit}`;
  const change =
    ratio === null
      ? ""
      : ` (${formatPercent(ratio - 1, true)}${between}, allowed ${formatPercent(threshold)})`;
  const functions = describeFunctions(cell);
  const dearer = functions.length > 0 ? `; dearer: ${functions.join(", ")}` : "";
  return `${verdict}: ${sides}${change}${reason && `: ${reason}`}${dearer}`;
}

/** XML 1.0 has no control characters, and a message of a terminal program may hold some. */
function text(message: string): string {
  return stripVTControlCharacters(message).replaceAll(/[^\P{Cc}\t\n]/gu, " ");
}
