/** Results that can't be written: which file, why, and what to do. */
import { getSystemErrorMessage } from "node:util";
import { ExitStatus, IopathError } from "@iopath/contract";

export function outputError(file: string, cause: unknown): IopathError {
  const { code, errno } = cause as NodeJS.ErrnoException;
  const why = errno === undefined ? cause : `${code}, ${getSystemErrorMessage(errno)}`;
  return new IopathError(ExitStatus.output, `${file} can't be written (${why})`, {
    remedy:
      "name another folder with --out, or make room; --resume goes on with a run that was cut",
    cause,
  });
}
