/**
 * Paths of the user's own in a config: modules by the names of their paths, found relative to it.
 */
import { createRequire } from "node:module";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Of a section: `{ mine: "./mine.ts" }`; once a config is read, absolute. */
export const modulesSchema = z.record(z.string().min(1), z.string().min(1));

export type Modules = z.infer<typeof modulesSchema>;

/** A section as far as its modules need it; other errors are found later. */
const withModules = z.looseObject({ modules: modulesSchema });

/** The sections of a config file, their modules as absolute files. */
export function resolveModules(sections: unknown, configFile: string): unknown {
  if (Array.isArray(sections)) return sections.map((one) => resolveModules(one, configFile));
  const parsed = withModules.safeParse(sections);
  if (!parsed.success) return sections;
  const modules = Object.entries(parsed.data.modules).map(([name, specifier]) => {
    return [name, resolveModule(specifier, configFile)];
  });
  return { ...parsed.data, modules: Object.fromEntries(modules) };
}

/** A file, a file URL, or a package that the config's folder finds. */
function resolveModule(specifier: string, configFile: string): string {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  const isFile = specifier.startsWith(".") || isAbsolute(specifier);
  if (isFile) return resolve(dirname(configFile), specifier);
  try {
    return createRequire(configFile).resolve(specifier);
  } catch {
    return resolve(dirname(configFile), specifier); // its loader reports a missing file
  }
}

/** All modules that the sections of a config name. */
export function modulesOf(sections: unknown): Modules[] {
  return [sections].flat().flatMap((section) => {
    const parsed = withModules.safeParse(section);
    return parsed.success ? [parsed.data.modules] : [];
  });
}
