/** `iopath verify`: every frame through a path, byte by byte against the reference. */
import { randomInt } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ExitStatus, IopathError, isClean } from "@iopath/contract";
import { leftovers, lockMachine, VethLab } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { outputError } from "./journal.ts";
import { findPath, findVariant, paths } from "./paths.ts";
import { readPcap } from "./pcap.ts";
import { problemOf } from "./rows.ts";
import { runTrial } from "./spawn-trial.ts";
import type { TrialResult, VerifiedResult } from "./trial/request.ts";

const limitMs = 10 * 60_000;
const lockWaitMs = 10 * 60_000;
const burst = 64;

export interface VerifyOptions {
  readonly path?: string;
  readonly variant?: string;
  readonly frames: number;
  readonly seed?: number;
  readonly pcap?: string;
  readonly writePcap?: string;
  readonly signal: AbortSignal;
}

/** Verifies each chosen variant; true when all that could run did it right. */
export async function verifyCommand(options: VerifyOptions): Promise<boolean> {
  const chosen = chooseVariants(options);
  const seed = options.seed ?? randomInt(0x7fff_ffff);
  checkCapture(options, chosen.length);
  using _lock = await lockMachine({
    waitMs: lockWaitMs,
    onWait: (holder) => process.stderr.write(`waiting for process ${holder}, which is measuring\n`),
    signal: options.signal,
  });
  using lab = new VethLab();
  const { place } = lab;
  process.stdout.write(options.pcap ? `replaying ${options.pcap}\n` : `seed ${seed}\n`);
  let clean = true;
  for (const { path, variant } of chosen) {
    const common = { place, path, variant, burst, cpu: allowedCpus().at(-1)! };
    const probe = await runTrial({ ...common, role: "probe" }, limitMs, options.signal);
    if (probe.status === "skipped") {
      process.stdout.write(`${path}/${variant}  skipped: ${probe.missing}; ${probe.remedy}\n`);
      continue;
    }
    const request = {
      ...common,
      role: "verify",
      frames: options.frames,
      seed,
      ...captures(options),
    };
    const result = await runTrial(request, limitMs, options.signal);
    const dirt = leftovers(place);
    if (dirt.length > 0) throw new IopathError(ExitStatus.hostDirty, dirt.join(", "));
    clean = report(`${path}/${variant}`, result) && clean;
  }
  return clean;
}

function chooseVariants({ path, variant }: VerifyOptions): { path: string; variant: string }[] {
  const among = path ? [findPath(path)] : paths;
  if (variant && path) findVariant(findPath(path), variant);
  const chosen = among.flatMap(({ name, variants }) =>
    variants
      .filter((candidate) => !variant || candidate.name === variant)
      .map((candidate) => ({ path: name, variant: candidate.name })),
  );
  if (chosen.length > 0) return chosen;
  const known = among.flatMap(({ variants }) => variants.map(({ name }) => name)).join(", ");
  throw new IopathError(ExitStatus.usage, `no variant named ${variant}`, {
    remedy: `variants are ${known}`,
  });
}

/** Bad captures and unwritable outputs are told before anything is made. */
function checkCapture({ pcap, writePcap }: VerifyOptions, variants: number): void {
  if (pcap) readPcap(pcap);
  if (!writePcap) return;
  if (variants !== 1) {
    throw new IopathError(ExitStatus.usage, "--write-pcap takes the frames of one variant", {
      remedy: "name it with --path and --variant",
    });
  }
  try {
    const existed = existsSync(writePcap);
    closeSync(openSync(writePcap, "a"));
    if (!existed) rmSync(writePcap);
  } catch (cause) {
    throw outputError(writePcap, cause);
  }
}

function captures({ pcap, writePcap }: VerifyOptions) {
  return {
    ...(pcap ? { pcap: resolve(pcap) } : {}),
    ...(writePcap ? { writePcap: resolve(writePcap) } : {}),
  };
}

function report(name: string, result: TrialResult): boolean {
  const problem = problemOf(result);
  if (result.status === "verified") process.stdout.write(describe(name, result));
  if (problem) process.stdout.write(`${name}  FAILED: ${problem}\n`);
  return problem === undefined;
}

function describe(name: string, { frames, judgement, dropsCounted }: VerifiedResult): string {
  const drops = Object.entries(dropsCounted)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
  const word = isClean({ firstProblem: undefined, ...judgement }) ? "ok" : "  ";
  return `${name}  ${word}  ${frames} frames in, ${judgement.matched} out as they should be, dropped: ${drops}\n`;
}
