/** Flags about places that can't be read. */
import { ExitStatus, IopathError } from "@iopath/contract";

export function usageError(message: string): IopathError {
  return new IopathError(ExitStatus.usage, message);
}
