/** The user's own paths, for commands that use nothing else of a config. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Modules } from "../../matrix/modules.ts";

/**
 * Makes the paths known that a config names.
 *
 * @throws IopathError, exit status 3, when it names none: then it has no effect
 */
export async function addPathsOf(config: string): Promise<readonly Modules[]> {
  const { readModules } = await import("../../matrix/config.ts");
  const modules = await readModules(config);
  if (modules.length > 0) return modules;
  const message = `--config ${config} has no effect here: it names no paths of its own`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "this command takes nothing else of a config: leave it out",
  });
}
