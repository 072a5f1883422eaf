/**
 * What a machine shows of equal code: the reference is measured twice in each launch, by two
 * processes, and the interval of its "speed-up" over itself says how far apart they may be.
 */
import { max } from "simple-statistics";
import { isReference } from "./derive.ts";
import type { Row } from "./row.ts";

interface Noise {
  /** Beyond this a difference is no noise, relative: the farthest end of these intervals from 1. */
  readonly resolves: number;
  readonly word: "quiet" | "usable" | "useless";
}

const quietUpTo = 0.01;
const usableUpTo = 0.05;

/** Undefined where the reference was not measured twice, or once only. */
export function noiseOf(rows: readonly Row[]): Noise | undefined {
  const distances = rows.flatMap((row) => {
    const { turns, speedup_low: low, speedup_high: high } = row;
    if (!isReference(row) || turns === null || !low || !high) return [];
    return [Math.max(high, 1 / low) - 1];
  });
  if (distances.length === 0) return undefined;
  const resolves = max(distances);
  const word = resolves <= quietUpTo ? "quiet" : resolves <= usableUpTo ? "usable" : "useless";
  return { resolves, word };
}

/** A sentence that stands above the figures; nothing where the noise is not known. */
export function noiseText(rows: readonly Row[]): string {
  const noise = noiseOf(rows);
  if (!noise) return "";
  const { word, resolves } = noise;
  const percent = `${(100 * resolves).toFixed(resolves < 0.0995 ? 1 : 0)} %`;
  const means = {
    quiet: `This machine was quiet`,
    usable: `This machine was usable`,
    useless: `This machine was useless for differences below ${percent}`,
  };
  return `${means[word]}: equal code, measured twice, differs by ${percent} at most.`;
}
