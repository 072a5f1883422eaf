/** The folder of this user in which iopath keeps what it can make again. */
import { homedir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { isAbsence } from "@iopath/native";

export const cacheRemedy = "set XDG_CACHE_HOME to a folder that you may write to";

/**
 * `$XDG_CACHE_HOME/iopath`, by the XDG Base Directory Specification.
 *
 * @throws IopathError for a user without a home folder: no HOME, and no entry in passwd(5)
 */
export function userCacheFolder(): string {
  // `||`: the specification says that an empty variable is an unset one.
  const caches = process.env.XDG_CACHE_HOME || join(homeFolder(), ".cache");
  return join(caches, "iopath");
}

function homeFolder(): string {
  try {
    return homedir();
  } catch (cause) {
    if (!isAbsence(cause)) throw cause;
    const message = "this user has no home folder, and so no folder for caches";
    throw new IopathError(ExitStatus.cannotRun, message, { remedy: cacheRemedy, cause });
  }
}
