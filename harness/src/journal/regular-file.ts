/** Files that a user names, before they are read. */
import { statSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";

/**
 * Reading a pipe without a writer would never end, and no signal would interrupt it. A missing file
 * is no error here: the reader reports it.
 *
 * @throws IopathError, exit status 5, for a pipe, a device or a socket
 */
export function requireRegularFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found || found.isFile() || found.isDirectory()) return;
  throw new IopathError(ExitStatus.input, `${file} is a pipe or a device, and no file of a run`, {
    remedy: "write what comes out of it to a file, and name that",
  });
}
