/**
 * git(1) on the repository that iopath's own files are in. Variables such as GIT_DIR, which git
 * sets for hooks of whatever repository they are of, are kept from it, and so are the hooks.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "@iopath/native";

const usualLimitMs = 30_000;
const outputBytesMax = 256 << 20;

export type GitAnswer =
  | { readonly ok: true; readonly out: string }
  /**
   * In git's own words, or those of the system that did not run it: then there is no answer.
   */
  | { readonly ok: false; readonly why: string; readonly isAnswer: boolean };

/** Asks git in a folder; what it prints, as it prints it. */
export function askGit(folder: string, args: readonly string[], limitMs = usualLimitMs): GitAnswer {
  const result = spawnSync("git", [...settings(folder), ...args], {
    ...{ cwd: folder, env: environment(), encoding: "utf8", timeout: limitMs },
    maxBuffer: outputBytesMax,
  });
  if (result.status === 0) return { ok: true, out: result.stdout };
  const said = result.stderr?.trim().split("\n")[0];
  const why = said || result.error?.message || `git ended by ${result.signal}`;
  // Without a git there is nothing that it made.
  const isAnswer = result.status !== null || hasCode(result.error, "ENOENT");
  return { ok: false, why, isAnswer };
}

/** Nothing of a repository's settings is run. */
function settings(folder: string): string[] {
  const trusted = isOwnRepository(folder) ? ["-c", "safe.directory=*"] : [];
  return ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", ...trusted];
}

function environment(): NodeJS.ProcessEnv {
  const isKept = (name: string) => !name.startsWith("GIT_") || name === "GIT_EXEC_PATH";
  const kept = Object.entries(process.env).filter(([name]) => isKept(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
}

/**
 * Whether the repository belongs to whom the folder belongs to, or to root: git refuses another
 * user's, which root's own are not when a checkout was made by somebody else. Who runs code of a
 * folder trusts its owner already; a repository further up may be a third user's.
 */
function isOwnRepository(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const repository = join(at, ".git");
    if (existsSync(repository)) {
      const owner = statSync(folder).uid;
      return [repository, at].every((path) => [0, owner].includes(statSync(path).uid));
    }
    if (at === dirname(at)) return false;
  }
}
