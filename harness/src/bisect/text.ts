/** A bisect of kernels in words, as a table, and as JSON. Pure. */
import { formatFigure, formatPercent } from "../present/number-format.ts";
import { plainTable } from "../present/terminal/plain-table.ts";
import type { KernelBisection } from "./bisect-kernels.ts";
import type { MeasuredKernel } from "./measure.ts";

export function formatBisection(bisection: KernelBisection): string {
  return [tableOf(bisection), "", ...sentencesOf(bisection)].join("\n");
}

/** What was measured, in the order of the list: each beside what it adds to the one before. */
function tableOf({ variant, measured }: KernelBisection): string {
  const kernels = inOrder(measured);
  const hasTester = kernels.some(({ tester }) => tester !== undefined);
  const heads = ["kernel", variant, "change", ...(hasTester ? ["tester", "less tester"] : []), ""];
  let last: number | undefined;
  const lines = kernels.map((one) => {
    const figure = figureOf(one);
    const change = figure && last ? formatPercent(figure / last - 1, true) : "";
    const less = figure !== undefined && one.tester !== undefined ? figure - one.tester : undefined;
    const shares = hasTester ? [one.tester, less].map(figureText) : [];
    const problem = "problem" in one.finding ? one.finding.problem.split("\n")[0]! : "";
    last = figure ?? last;
    return [nameOf(one), figureText(figure), change, ...shares, problem];
  });
  const aligns = heads.map((head, i) => (i === 0 || head === "" ? "left" : "right"));
  return plainTable(heads, lines, aligns).join("\n");
}

function sentencesOf(bisection: KernelBisection): string[] {
  const { variant, measured, kernels, outcome, within } = bisection;
  const [from, to] = [outcome.from, outcome.to].map((index) => measured.get(index)!);
  const [first, last] = [0, kernels.length - 1].map((index) => figureOf(measured.get(index)!)!);
  const [before, after] = [figureOf(from!)!, figureOf(to!)!];
  const direction = after > before ? "dearer" : "cheaper";
  const between = `between ${nameOf(from!)} and ${nameOf(to!)}`;
  const figures = `${formatFigure(before)} → ${formatFigure(after)} instructions per frame, ${signed(after - before)}, ${formatPercent(after / before - 1, true)}`;
  const gradual = `, in steps of ${formatPercent(within)} and less`;
  const steps = outcome.kind === "gradual" ? gradual : "";
  return [
    `${variant} got ${direction} ${between}${steps}: ${figures}`,
    `${formatFigure(Math.abs(after - before))} of ${formatFigure(Math.abs(last! - first!))} between the ends (${signed(last! - first!)})`,
    ...testerSentence(from!, to!),
    ...untold(bisection),
  ];
}

/** The tester is in every figure, and what it costs is the kernel's as well. */
function testerSentence(from: MeasuredKernel, to: MeasuredKernel): string[] {
  if (from.tester === undefined || to.tester === undefined) return [];
  const [before, after] = [from, to].map((one) => figureOf(one)! - one.tester!);
  return [
    `the tester's part of it is ${signed(to.tester - from.tester)}; less the tester: ${formatFigure(before!)} → ${formatFigure(after!)}, ${formatPercent(after! / before! - 1, true)}`,
  ];
}

function untold({ measured, kernels, outcome }: KernelBisection): string[] {
  if (outcome.kind === "gradual") return [];
  const between = kernels.slice(outcome.from + 1, outcome.to);
  if (between.length === 0) return [];
  const reasons = between.map((name, i) => {
    const { finding } = measured.get(outcome.from + 1 + i)!;
    return `  ${name}: ${"problem" in finding ? finding.problem.split("\n")[0] : ""}`;
  });
  return ["between them could not be measured:", ...reasons];
}

export function bisectionJson({ kernels, measured, ...bisection }: KernelBisection): string {
  const list = kernels.map((kernel, index) => {
    const one = measured.get(index);
    if (!one) return { kernel, measured: false };
    const { release, finding, tester = null } = one;
    return { kernel, measured: true, release, ...finding, tester };
  });
  const { outcome, ...rest } = bisection;
  const unit = "instructions/frame";
  return `${JSON.stringify({ format: 1, ...rest, unit, outcome, kernels: list }, null, 2)}\n`;
}

function inOrder(measured: KernelBisection["measured"]): MeasuredKernel[] {
  return [...measured].sort(([a], [b]) => a - b).map(([, one]) => one);
}

function figureOf({ finding }: MeasuredKernel): number | undefined {
  return "figure" in finding ? finding.figure : undefined;
}

function figureText(figure: number | undefined): string {
  return figure === undefined ? "" : formatFigure(figure);
}

/** "debian:6.12 (6.12.117+deb13-amd64)", where the name is not all of it. */
function nameOf({ kernel, release }: MeasuredKernel): string {
  return release === "" || kernel.endsWith(release) ? kernel : `${kernel} (${release})`;
}

function signed(figure: number): string {
  return `${figure < 0 ? "−" : "+"}${formatFigure(Math.abs(figure))}`;
}
