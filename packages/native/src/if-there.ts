/**
 * Reads what may not be there. Only "there is no such thing" counts as that: a read that fails for
 * any other reason (no descriptor left, no permission, a broken disk) throws, since a caller that
 * took it for "nothing there" would leave or take what it must not.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * errno's names of what is not there: no such name, or a file where a folder would be. In /proc and
 * /sys also of what went while it was read: a process (ESRCH), a device (ENODEV). proc(5), open(2)
 */
const absences: readonly string[] = ["ENOENT", "ENOTDIR", "ESRCH", "ENODEV"];

/**
 * Whether an error of Node's or of ours has one of errno's names: `hasCode(error, "EEXIST")`. Some
 * of Node's, as those of `os.userInfo`, have it one level deeper.
 */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof Error)) return false;
  const { code, info } = error as { code?: string; info?: { code?: string } };
  return codes.some((name) => name === code || name === info?.code);
}

/** Whether an error says that what was asked for is not there. */
export function isAbsence(error: unknown): boolean {
  return hasCode(error, ...absences);
}

/**
 * What `read` returns; undefined where it finds nothing.
 *
 * @param alsoAbsent errno's names that mean the same to this caller: a kernel answers EINVAL or
 *   EOPNOTSUPP for an attribute in /sys that a device does not have, and a caller that asks about
 *   what may be another user's may take EACCES so
 * @throws what `read` throws for any other reason
 */
export function ifThere<T>(read: () => T, ...alsoAbsent: readonly string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error) || hasCode(error, ...alsoAbsent)) return undefined;
    throw error;
  }
}

/** Of what may be another user's: to one who may not look it is not known, as good as none. */
export const notOurs = ["EACCES", "EPERM"] as const;

/** The text of a file. As `ifThere`. */
export function readIfThere(file: string, ...alsoAbsent: readonly string[]): string | undefined {
  return ifThere(() => readFileSync(file, "utf8"), ...alsoAbsent);
}

/** Where a symbolic link leads; undefined also for what is no link. As `ifThere`. */
export function linkIfThere(path: string, ...alsoAbsent: readonly string[]): string | undefined {
  return ifThere(() => readlinkSync(path), "EINVAL", ...alsoAbsent);
}

/** The names in a folder; none where there is no such folder. As `ifThere`. */
export function namesIfThere(folder: string, ...alsoAbsent: readonly string[]): string[] {
  return ifThere(() => readdirSync(folder), ...alsoAbsent) ?? [];
}

/**
 * What `ask` returns, where it can be had, for words alone: the quote in an error, a setting in
 * a report that says "unknown" else. Nothing may be decided by it.
 */
export function forWords<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined; // what the words are about is worth more than this
  }
}

/** The text of a file. As `forWords`. */
export function readForWords(file: string): string | undefined {
  return forWords(() => readFileSync(file, "utf8"));
}
