/** The matrix that a user asks for: a config file, overridden by flags, checked by one schema. */
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitStatus, IopathError } from "@iopath/contract";
import { z } from "zod";
import { type FrameSize, frameSizeProblem, isFrameSize } from "./frame-size.ts";
import { chooseHardware, type HardwareFlags, hardwareSchema } from "./hardware.ts";
import { findPath, findVariant, nullPath, nullVariant, paths } from "./paths.ts";
import { flowsMax } from "./trial/flows.ts";

/** A veth port queues 256 frames (VETH_RING_SIZE); a larger window would lose some by design. */
const windowMax = 256;
const burstMax = 1024;

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1);
const count = (max: number) => z.number().int().min(1).max(max);

export const configSchema = z.strictObject({
  /** `guest` is a virtual machine on this host, with an emulated card. */
  place: z.enum(["host", "guest"]).default("host"),
  /** `instructions` counts what the guest executes; it is no time. */
  clock: z.enum(["wall", "instructions"]).default("wall"),
  paths: z.record(z.string(), list(z.string())),
  frameBytes: list(
    z.custom<FrameSize>(isFrameSize, { error: ({ input }) => frameSizeProblem(input) }),
  ),
  /** How many flows the tester's frames are of. */
  flows: list(count(flowsMax)).default([1]),
  windows: list(count(windowMax)),
  bursts: list(count(burstMax)).default([64]),
  rounds: count(1000).default(3),
  samples: count(1_000_000).default(1000),
  warmUpFrames: z.number().int().min(0).max(100_000_000).default(30_000),
  verifyFrames: count(100_000_000).default(2000),
  /** Interfaces that are there, in the lab's stead. */
  hardware: hardwareSchema.exactOptional(),
  /** The CPU that measures; the last one that this process may use when not given. */
  cpu: z.number().int().min(0).exactOptional(),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

export interface Overrides extends HardwareFlags {
  readonly place?: "host" | "guest";
  readonly clock?: "wall" | "instructions";
  readonly path?: string[];
  readonly variant?: string[];
  readonly frameBytes?: FrameSize[];
  readonly flows?: number[];
  readonly burst?: number[];
  readonly window?: number[];
  readonly samples?: number;
  readonly rounds?: number;
}

const defaultFile = resolve(import.meta.dirname, "../../bench.config.ts");

/** Reads the config file and applies the flags to it. */
export async function loadConfig(file: string | undefined, overrides: Overrides): Promise<Config> {
  const config = checkConfig(await importConfig(file ?? defaultFile), file ?? "bench.config.ts");
  return applyOverrides(config, overrides);
}

async function importConfig(file: string): Promise<unknown> {
  try {
    await access(file);
    const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    return module.default;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new IopathError(ExitStatus.config, `config ${file} can't be read: ${why}`, { cause });
  }
}

/** @throws IopathError, exit status 4, that names every wrong key and what is allowed there */
export function checkConfig(value: unknown, file: string): Config {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) throw configError(file, parsed.error.issues.map(describeIssue));
  const problems = Object.entries(parsed.data.paths).flatMap(([path, variants]) =>
    variants.flatMap((variant) => unknownVariant(path, variant)),
  );
  if (problems.length > 0) throw configError(file, problems);
  return parsed.data;
}

function configError(file: string, problems: string[]): IopathError {
  return new IopathError(ExitStatus.config, `config ${file} is wrong:\n  ${problems.join("\n  ")}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const at = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const allowed = Object.keys(configSchema.shape).join(", ");
    return `unknown key ${issue.keys.join(", ")}; allowed are ${allowed}`;
  }
  return `${at || "the default export"}: ${issue.message}`;
}

function unknownVariant(path: string, variant: string): string[] {
  try {
    checkVariant(path, variant);
    return [];
  } catch (error) {
    const { message, remedy } = error as IopathError;
    return [`paths.${path}: ${message}; ${remedy}`];
  }
}

function checkVariant(path: string, variant: string): void {
  if (path !== nullPath) findVariant(findPath(path), variant);
  else if (variant !== nullVariant) {
    throw new IopathError(ExitStatus.usage, `path null has no variant ${variant}`, {
      remedy: `its only variant is ${nullVariant}`,
    });
  }
}

/** Flags narrow or replace what the file says. */
function applyOverrides(config: Config, flags: Overrides): Config {
  const { rounds = config.rounds, samples = config.samples } = flags;
  const hardware = chooseHardware(config.hardware, flags);
  const candidate = {
    ...config,
    place: flags.place ?? config.place,
    clock: flags.clock ?? config.clock,
    paths: choosePaths(config.paths, flags.path, flags.variant),
    frameBytes: flags.frameBytes ?? config.frameBytes,
    flows: flags.flows ?? config.flows,
    bursts: flags.burst ?? config.bursts,
    windows: flags.window ?? config.windows,
    rounds,
    samples,
    ...(hardware ? { hardware } : {}),
  };
  const parsed = configSchema.safeParse(candidate);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(describeIssue).join("; ");
  throw new IopathError(ExitStatus.usage, `a flag is out of range: ${problems}`);
}

function choosePaths(
  configured: Config["paths"],
  names: string[] | undefined,
  variants: string[] | undefined,
): Config["paths"] {
  for (const name of names ?? []) if (name !== nullPath) findPath(name);
  const chosen = names ?? Object.keys(configured);
  if (!variants) {
    const entries = chosen.map((name) => [name, configured[name] ?? allVariants(name)] as const);
    return Object.fromEntries(entries);
  }
  const entries = chosen
    .map((name) => [name, variants.filter((v) => allVariants(name).includes(v))] as const)
    .filter(([, found]) => found.length > 0);
  rejectUnknown(variants, chosen);
  return Object.fromEntries(entries);
}

function rejectUnknown(variants: string[], names: string[]): void {
  const known = names.flatMap(allVariants);
  const unknown = variants.find((variant) => !known.includes(variant));
  if (unknown === undefined) return;
  throw new IopathError(ExitStatus.usage, `no variant named ${unknown} in ${names.join(", ")}`, {
    remedy: `variants there are ${known.join(", ")}`,
  });
}

function allVariants(name: string): string[] {
  if (name === nullPath) return [nullVariant];
  return paths.find((path) => path.name === name)?.variants.map((variant) => variant.name) ?? [];
}
