/** Results that can't be written: which file, why, and what to do. */
import { getSystemErrorMessage } from "node:util";
import { ExitStatus, IopathError } from "@iopath/contract";

const ofRun =
  "name another folder with --out, or make room; --resume goes on with a run that was cut";

/** @param remedy what to do, for a file that is not in the folder of a run */
export function outputError(file: string, cause: unknown, remedy: string = ofRun): IopathError {
  const { code, errno } = cause as NodeJS.ErrnoException;
  const why = errno === undefined ? cause : `${code}, ${getSystemErrorMessage(errno)}`;
  return new IopathError(ExitStatus.output, `${file} can't be written (${why})`, {
    remedy,
    cause,
  });
}
