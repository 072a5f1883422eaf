/**
 * The matrix that a user asks for: sections of a config file, narrowed by flags, checked by one
 * schema.
 */
import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitStatus, IopathError } from "@iopath/contract";
import { z } from "zod";
import { findPath, findVariant, testerOnly, testerOnlyVariant } from "../paths/all.ts";
import { addOwnModules } from "../workloads/modules.ts";
import { expandMatrix } from "./cell.ts";
import { eachKernel, kernelProblems, resolveKernels } from "./kernels.ts";
import { modulesOf, resolveModules } from "./modules.ts";
import {
  isOpenLoop,
  type OpenLoopSection,
  type OpenLoopSectionInput,
  openLoopKeyNames,
  openLoopSectionSchema,
} from "./open-loop-section.ts";
import type { Overrides } from "./override-flags.ts";
import { applyOverrides } from "./overrides.ts";
import {
  type Section,
  type SectionInput,
  sectionKeyNames,
  sectionSchema,
  writeSection,
} from "./section.ts";
import { workloadProblems } from "./workload-sizes.ts";

export const configSchema = z.array(sectionSchema).min(1);

export type Config = z.infer<typeof configSchema>;
/** What a config file exports: one section, or several that are measured one after the other. */
export type ConfigInput = AnySectionInput | AnySectionInput[];
type AnySectionInput = SectionInput | OpenLoopSectionInput;

const defaultFile = resolve(import.meta.dirname, "../../../bench.config.ts");

/** Reads the config file and applies the flags to it. */
export async function loadConfig(file: string | undefined, overrides: Overrides): Promise<Config> {
  return checkFlags(applyOverrides(await readConfig(file), overrides));
}

/** The sections of a config file that are measured in a closed loop, by `iopath run`. */
export async function readConfig(file: string | undefined): Promise<Config> {
  const { closed, open } = await readSections(file);
  if (open.length > 0 && [closed].flat().length === 0) throw openLoopOnlyError(file ?? defaultFile);
  return checkConfig(closed, file ?? basename(defaultFile));
}

/** Those with `mode: "open-loop"`, for `iopath search`; none where the file has none. */
export async function readOpenLoopSections(file: string): Promise<OpenLoopSection[]> {
  const { open } = await readSections(file);
  return open.map((section) => checkOpenLoop(section, file));
}

/** The modules of all sections of a file, which is checked as a whole. */
export async function readModules(file: string): Promise<ReturnType<typeof modulesOf>> {
  const { closed, open } = await readSections(file);
  for (const section of open) checkOpenLoop(section, file);
  if (open.length === 0 || [closed].flat().length > 0) checkConfig(closed, file);
  return modulesOf([closed, open].flat());
}

/** What a file exports, by mode; what its modules export is known from then on. */
async function readSections(file: string | undefined) {
  const at = resolve(file ?? defaultFile);
  const written = await importConfig(file ?? defaultFile);
  const sections = resolveKernels(resolveModules(written, at), at);
  for (const modules of modulesOf(sections)) await addOwnModules(modules);
  const all = [sections].flat() as unknown[];
  const closed = all.filter((section) => !isOpenLoop(section));
  return {
    open: all.filter(isOpenLoop),
    /** One section alone stays one: messages number those of a list. */
    closed: Array.isArray(sections) || closed.length === 0 ? closed : sections,
  };
}

function checkOpenLoop(value: unknown, file: string): OpenLoopSection {
  const parsed = openLoopSectionSchema.safeParse(value);
  if (!parsed.success) {
    throw configError(
      file,
      parsed.error.issues.map((issue) =>
        describeIssue({ ...issue, path: [0, ...issue.path] }, false, openLoopKeyNames),
      ),
    );
  }
  const problems = [...unknownVariants(parsed.data), ...workloadProblems(parsed.data)];
  if (problems.length > 0) throw configError(file, problems);
  return parsed.data;
}

function openLoopOnlyError(file: string): IopathError {
  const message = `config ${file} has only sections with mode "open-loop"`;
  return new IopathError(ExitStatus.config, message, {
    remedy: `measure them with \`iopath search --config ${file}\``,
  });
}

/** As `loadConfig`, of a section that no file has. */
export function narrowSections(section: SectionInput, overrides: Overrides): Config {
  return checkFlags(applyOverrides(checkConfig(section, "of the command"), overrides));
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
  const isList = Array.isArray(value);
  const parsed = configSchema.safeParse(eachKernel(isList ? value : [value]));
  if (!parsed.success) {
    throw configError(
      file,
      parsed.error.issues.map((issue) => describeIssue(issue, isList)),
    );
  }
  const config = parsed.data;
  const problems = config.flatMap((section, i) =>
    [...unknownVariants(section), ...workloadProblems(section), ...kernelProblems(section)].map(
      (problem) => (isList ? `section ${i}: ${problem}` : problem),
    ),
  );
  if (problems.length > 0) throw configError(file, problems);
  const twice = cellsTwice(config);
  if (twice.length > 0) throw configError(file, twice);
  return config;
}

function configError(file: string, problems: string[]): IopathError {
  return new IopathError(ExitStatus.config, `config ${file} is wrong:\n  ${problems.join("\n  ")}`);
}

function describeIssue(
  issue: z.core.$ZodIssue,
  withSection: boolean,
  keyNames = sectionKeyNames,
): string {
  const [section, ...inner] = issue.path;
  const at = inner.join(".");
  const where = withSection && section !== undefined ? `section ${String(section)}: ` : "";
  if (issue.code === "unrecognized_keys") {
    const allowed = keyNames.join(", ");
    return `${where}unknown key ${issue.keys.join(", ")}; allowed are ${allowed}`;
  }
  if (isOfSection(issue)) return `${where}${issue.message}`;
  return `${where}${at || "the default export"}: ${issue.message}`;
}

/** Whether it is of a whole section: keys that can't be together. */
function isOfSection({ code, path }: z.core.$ZodIssue): boolean {
  return code === "custom" && path.length === 1;
}

function unknownVariants({ paths }: Pick<Section, "paths">): string[] {
  return Object.entries(paths).flatMap(([path, variants]) =>
    variants.flatMap((variant) => unknownVariant(path, variant)),
  );
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
  if (path !== testerOnly) findVariant(findPath(path), variant);
  else if (variant !== testerOnlyVariant) {
    throw new IopathError(ExitStatus.usage, `path ${testerOnly} has no variant ${variant}`, {
      remedy: `its only variant is ${testerOnlyVariant}`,
    });
  }
}

/** A row is known by its cell: two sections can't have the same one. */
function cellsTwice(config: Config): string[] {
  const ids = expandMatrix(config).map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  return twice === undefined ? [] : [`two sections have the cell ${twice}`];
}

/** @throws IopathError, exit status 3: a conflict that the flags introduced */
function checkFlags(sections: readonly Section[]): Config {
  const parsed = configSchema.safeParse(sections.map(writeSection));
  const issues = parsed.error?.issues ?? [];
  const outOfRange = issues.filter((issue) => !isOfSection(issue));
  if (outOfRange.length > 0) {
    const problems = outOfRange.map((issue) => describeIssue(issue, false)).join("; ");
    throw new IopathError(ExitStatus.usage, `a flag is out of range: ${problems}`);
  }
  const config = parsed.data ?? [];
  const [ofWorkload] = config.flatMap(workloadProblems);
  if (ofWorkload !== undefined) {
    throw new IopathError(ExitStatus.usage, ofWorkload, {
      remedy: "--workload and --frame-bytes say what is measured with which sizes",
    });
  }
  const [problem] = [...issues.map(({ message }) => message), ...cellsTwice(config)];
  if (problem === undefined) return config;
  throw new IopathError(ExitStatus.usage, problem, {
    remedy: "--place, --machine and --clock say which section is meant",
  });
}
