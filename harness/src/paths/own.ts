/** Paths of the user's own: a module that exports `path`, checked before anything relies on it. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ExitStatus, IopathError, type Path } from "@iopath/contract";
import type { PathModule } from "@iopath/lab";
import { problemOfName } from "./csv-names.ts";

const page = "docs/write-a-path.md builds one";

/**
 * @param name as the config names it
 * @throws IopathError, exit status 4, that says what is wrong with the module
 */
export async function importOwnPath(name: string, file: string): Promise<PathModule> {
  const odd = problemOfName(name);
  if (odd !== undefined) throw moduleError(name, odd, "give it another name");
  const module = await importModule(name, file);
  const problem = problemOf(name, module.path);
  if (problem === undefined) return module as PathModule;
  throw moduleError(name, `${file} ${problem}`, page);
}

/** What a module that a config names may export. */
interface OwnModule {
  readonly path?: unknown;
  readonly workload?: unknown;
}

export async function importModule(name: string, file: string): Promise<OwnModule> {
  if (!existsSync(file)) {
    throw moduleError(name, `there is no file ${file}`, "it is found relative to the config");
  }
  try {
    return (await import(pathToFileURL(file).href)) as OwnModule;
  } catch (cause) {
    const [why] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw moduleError(name, `${file} can't be loaded: ${why}`, page, cause);
  }
}

/** What keeps an export from being the path of this name, in words. */
function problemOf(name: string, path: unknown): string | undefined {
  if (typeof path !== "object" || path === null) return "exports no `path`";
  const found = path as Partial<Path>;
  if (found.name !== name) return `exports a path named ${found.name}`;
  if (typeof found.open !== "function" || typeof found.probe !== "function") {
    return "exports a `path` without `probe` and `open`";
  }
  const { variants } = found;
  if (!Array.isArray(variants) || variants.length === 0) return "exports a `path` without variants";
  const incomplete = (variants as Path["variants"]).find(
    ({ name: variant, kind, carrier }) =>
      typeof variant !== "string" ||
      !["polled", "attached"].includes(kind) ||
      !["ethernet", "udp"].includes(carrier),
  );
  if (incomplete) {
    return `has a variant ${incomplete.name} without a valid name, kind or carrier`;
  }
  const odd = (variants as Path["variants"]).find((variant) => problemOfName(variant.name));
  return odd && `has a variant named ${odd.name}: ${problemOfName(odd.name)}`;
}

export function moduleError(
  name: string,
  what: string,
  remedy: string,
  cause?: unknown,
): IopathError {
  return new IopathError(ExitStatus.config, `path ${name}: ${what}`, { remedy, cause });
}
