/** What a kernel is built with on this machine, beside what its own tree brings. */
import { spawnSync } from "node:child_process";
import { ExitStatus, IopathError } from "@iopath/contract";
import { requireTools } from "../../toolchain.ts";

const tools = ["gcc", "make", "flex", "bison", "bc"];
/** Of libelf, which Linux' objtool reads what was compiled with. */
const header = "gelf.h";
export const packages = "sudo apt-get install -y gcc make flex bison bc libelf-dev";

/** @throws IopathError that names what is missing on this machine, and the packages that have it */
export function requireBuildTools(): void {
  requireTools("a kernel", tools, packages);
  const looking = spawnSync("gcc", ["-E", "-x", "c", "-o", "/dev/null", "-"], {
    input: `#include <${header}>\n`,
  });
  if (looking.status === 0) return;
  const message = `a kernel is built here, and there is no ${header}, the header of libelf`;
  throw new IopathError(ExitStatus.cannotRun, message, { remedy: packages });
}
