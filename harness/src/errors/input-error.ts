/** A file of the user's that can't be used: exit status 5, with what to do about it. */
import { ExitStatus, IopathError } from "@iopath/contract";

export function inputError(name: string, what: string, remedy?: string): IopathError {
  return new IopathError(ExitStatus.input, `${name} ${what}`, remedy ? { remedy } : {});
}
