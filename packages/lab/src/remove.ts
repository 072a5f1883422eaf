/** Removes what may be another's, or in another's use. */
import { rmdirSync, rmSync } from "node:fs";
import { hasCode, isAbsence } from "@iopath/native";

/** What the kernel answers where something is another user's, in use, or can't be written. */
const refusals = ["EACCES", "EPERM", "EROFS", "EBUSY", "ENOTEMPTY", "EEXIST"];

/**
 * Removes a file or a whole folder; false where that is not ours to do. What is not there is
 * removed.
 *
 * @throws what the system says where it is
 */
export function removeIfAllowed(path: string): boolean {
  return isRemoved(() => rmSync(path, { recursive: true, force: true })) !== false;
}

/** Removes a folder if there is one, it is empty, and it is ours to remove; whether it did. */
export function removeIfEmpty(folder: string): boolean {
  return isRemoved(() => rmdirSync(folder)) === true;
}

function isRemoved(remove: () => void): boolean | "was not there" {
  try {
    remove();
    return true;
  } catch (error) {
    if (isAbsence(error)) return "was not there";
    if (hasCode(error, ...refusals)) return false;
    throw error;
  }
}
