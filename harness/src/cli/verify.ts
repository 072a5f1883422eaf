/** `iopath verify`: every frame through a path, byte by byte against the reference. */
import { randomInt } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ExitStatus, IopathError, isClean } from "@iopath/contract";
import { describeHolders, lockMachine } from "@iopath/lab";
import { findGuestMachine, setUpGuestPackages } from "@iopath/lab/guest";
import { chooseCard } from "../matrix/card.ts";
import { readConfig } from "../matrix/config.ts";
import { chooseRdmaDevices } from "../matrix/overrides.ts";
import { placeOf, sectionProblems, withMachine } from "../matrix/section.ts";
import { findPath, findVariant, paths } from "../paths/all.ts";
import { outputError } from "../run/journal.ts";
import { openRunner } from "../runner/open.ts";
import type { TrialRunner } from "../runner/runner.ts";
import { problemOf } from "../trial/problem.ts";
import type { TrialResult, VerifiedResult } from "../trial/request.ts";
import { readPcap } from "../trial/verify/pcap.ts";

const limitMs = 10 * 60_000;
const lockWaitMs = 10 * 60_000;
const burst = 64;

export interface VerifyOptions {
  readonly place?: "host" | "guest";
  readonly machine?: string;
  readonly rdmaDevice?: string[];
  readonly pf?: string[];
  /** Its paths of the user's own can be named as well. */
  readonly config?: string;
  readonly path?: string;
  readonly variant?: string;
  readonly frames: number;
  readonly seed?: number;
  readonly pcap?: string;
  readonly writePcap?: string;
  readonly signal: AbortSignal;
}

interface Way {
  readonly path: string;
  readonly variant: string;
}

/** Verifies each chosen variant; true when all that could run did it right. */
export async function verifyCommand(options: VerifyOptions): Promise<boolean> {
  const { signal, frames } = options;
  if (options.config !== undefined) await readConfig(options.config);
  const chosen = chooseVariants(options);
  const seed = options.seed ?? randomInt(0x7fff_ffff);
  checkCapture(options, chosen.length);
  using _lock = await lockMachine({
    waitMs: lockWaitMs,
    share: true,
    onWait: (holders) => process.stderr.write(`waiting for ${describeHolders(holders)}\n`),
    onUnlocked: (why) => process.stderr.write(`the machine is not locked: ${why}\n`),
    signal,
  });
  using runner = await openPlace(options, chosen);
  process.stdout.write(options.pcap ? `replaying ${options.pcap}\n` : `seed ${seed}\n`);
  let clean = true;
  for (const { path, variant } of chosen) {
    const way = { path, variant, burst };
    const probe = await runner.run({ ...way, role: "probe" });
    const answer =
      probe.status === "supported"
        ? await runner.run({ ...way, role: "verify", frames, seed, ...captures(options) })
        : probe;
    clean = report(`${path}/${variant}`, answer) && clean;
  }
  return clean;
}

/** The host's lab, verbs devices or functions of this machine, or a guest. */
async function openPlace(options: VerifyOptions, chosen: readonly Way[]): Promise<TrialRunner> {
  const rdmaDevices = chooseRdmaDevices(options);
  const card = chooseCard(options);
  const where = withMachine({
    place: options.place ?? (options.machine === undefined ? "host" : "guest"),
    machine: options.machine ?? "",
    clock: "wall" as const,
    workers: [1],
    paths: variantsByPath(chosen),
    ...(rdmaDevices ? { rdmaDevices } : {}),
    ...(card ? { card } : {}),
  });
  const [problem] = sectionProblems(where);
  if (problem) throw new IopathError(ExitStatus.usage, problem);
  if (where.place === "guest" && options.writePcap) {
    const message = "--write-pcap writes on this machine, and what a guest writes ends with it";
    throw new IopathError(ExitStatus.usage, message, { remedy: "leave it out; --pcap works" });
  }
  if (where.place === "guest") {
    const tell = (line: string) => process.stderr.write(`${line}\n`);
    await setUpGuestPackages(tell, findGuestMachine(where.machine), options.signal);
  }
  const { signal } = options;
  return await openRunner(placeOf(where), where.paths, { signal, trialLimitMs: limitMs });
}

function variantsByPath(ways: readonly Way[]): Record<string, string[]> {
  const groups = Map.groupBy(ways, ({ path }) => path);
  return Object.fromEntries(
    [...groups].map(([path, found]) => [path, found.map(({ variant }) => variant)]),
  );
}

function chooseVariants({ path, variant }: VerifyOptions): Way[] {
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
  if (result.status === "skipped") {
    process.stdout.write(`${name}  skipped: ${result.missing}; ${result.remedy}\n`);
    return true;
  }
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
