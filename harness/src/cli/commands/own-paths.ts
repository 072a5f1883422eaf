/** The user's own paths, for commands that use nothing else of a config. */
import { ExitStatus, IopathError } from "@iopath/contract";

/**
 * Makes the paths known that a config names.
 *
 * @throws IopathError, exit status 3, when it names none: then it has no effect
 */
export async function addPathsOf(config: string): Promise<void> {
  const { readConfig } = await import("../../matrix/config.ts");
  const { modulesOf } = await import("../../matrix/modules.ts");
  if (modulesOf(await readConfig(config)).length > 0) return;
  const message = `--config ${config} has no effect here: it names no paths of its own`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "this command takes nothing else of a config: leave it out",
  });
}
