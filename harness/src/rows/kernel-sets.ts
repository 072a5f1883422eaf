/**
 * Cells of guests that differ in their kernel, and in nothing else but path and variant: what each
 * kernel costs them. Pure.
 */
import { ownTesterPaths, testerOnly } from "../paths/loaders.ts";
import { type Group, keyOnAnyKernel, nameOf, type Panel, type Size } from "./groups.ts";
import type { Row } from "./row.ts";

/** What one variant costs, by the kernels of its set. */
export interface KernelLine {
  /** "xdp native" */
  readonly name: string;
  readonly path: string;
  /** Undefined on a kernel on which it has no figure. */
  readonly rows: readonly (Row | undefined)[];
}

export interface KernelSet {
  readonly label: string;
  readonly slug: string;
  readonly filter: string;
  readonly unit: Row["unit"];
  readonly kernels: readonly { readonly name: string; readonly release: string }[];
  /** The tester alone first, where it was measured. */
  readonly lines: readonly KernelLine[];
}

/** In the order of the groups, and of their panels; none where all guests booted one kernel. */
export function kernelSets(groups: readonly Group[]): KernelSet[] {
  const guests = groups.filter(({ first }) => first.place === "guest");
  const families = [...Map.groupBy(guests, ({ first }) => keyOnAnyKernel(first)).values()];
  return families.filter((family) => family.length > 1).flatMap(setsOf);
}

function setsOf(family: readonly Group[]): KernelSet[] {
  const keys = family.flatMap((group) => cellsOf(group).map(({ key }) => key));
  return [...new Set(keys)].flatMap((key) => setOf(key, family) ?? []);
}

interface Cells {
  readonly key: string;
  readonly panel: Panel;
  readonly size: Size;
}

function cellsOf({ panels }: Group): Cells[] {
  return panels.flatMap((panel) =>
    panel.sizes.map((size) => {
      return { key: `window ${panel.window}, ${panel.others}, ${size.label}`, panel, size };
    }),
  );
}

/** Undefined where fewer than two kernels have figures. */
function setOf(key: string, family: readonly Group[]): KernelSet | undefined {
  const sides = family.flatMap((group) => cellsOf(group).find((cells) => cells.key === key) ?? []);
  const measured = sides.filter(({ size }) => size.rows.some(({ p50 }) => p50 !== null));
  if (measured.length < 2) return undefined;
  const { first, where } = family[0]!;
  const { size, panel } = measured[0]!;
  const names = new Set(measured.flatMap((side) => side.size.rows.map(idOf)));
  const rowsBy = measured.map((side) => new Map(side.size.rows.map((row) => [idOf(row), row])));
  const lines = [...names].map((name) => lineOf(rowsBy.map((byName) => byName.get(name))));
  const drawn = lines.filter(({ rows }) => rows.some((row) => row !== undefined));
  const [tester, forwarders] = [true, false].map((isTester) =>
    drawn.filter(({ path }) => (path === testerOnly) === isTester),
  );
  return {
    label: `${where}, window ${panel.window}, ${size.label}`,
    slug: `${first.machine}-${first.clock}-window${panel.window}-${size.name}-${slugOf(panel.others)}`,
    filter: `place=guest machine=${first.machine} window=${panel.window} ${size.filter}`,
    unit: first.unit,
    kernels: measured.map((side) => kernelOf(side.size.rows[0]!)),
    lines: [...tester!, ...forwarders!],
  };
}

function idOf({ path, variant }: Row): string {
  return `${path}/${variant}`;
}

function lineOf(found: readonly (Row | undefined)[]): KernelLine {
  const rows = found.map((row) => (row && row.p50 !== null ? row : undefined));
  const known = rows.find((row) => row !== undefined) ?? found.find((row) => row !== undefined)!;
  return { name: nameOf(known), path: known.path, rows };
}

/** By what it was asked for; the usual one, of which rows say nothing, by its release. */
function kernelOf({ guest_kernel: name, kernel: release }: Row): KernelSet["kernels"][number] {
  return { name: name || "debian", release };
}

function slugOf(others: string): string {
  return others.replaceAll(/[^\w.]+/g, "");
}

/**
 * What a cell costs beyond the tester, on each kernel where both have a figure; of a path with
 * another tester nothing.
 */
export function lessTester(set: KernelSet, line: KernelLine): (number | undefined)[] {
  const alone = testerBeside(set, line);
  return line.rows.map((row, i) => (row && alone[i] ? row.p50! - alone[i] : undefined));
}

/** How much of a cell's cost is the tester's, on the same kernels. */
export function testerShares(set: KernelSet, line: KernelLine): (number | undefined)[] {
  const alone = testerBeside(set, line);
  return line.rows.map((row, i) => (row && alone[i] ? alone[i] / row.p50! : undefined));
}

function testerBeside({ lines }: KernelSet, { path }: KernelLine): (number | undefined)[] {
  if (ownTesterPaths.includes(path)) return [];
  const tester = lines.find((one) => one.path === testerOnly);
  return tester?.rows.map((row) => row?.p50 ?? undefined) ?? [];
}
