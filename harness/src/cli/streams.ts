/**
 * Standard output and error as a user connects them: to a pipe whose reader may go away, to a file
 * on a disk that may be full. Node ends a process with a stack trace when nobody handles such an
 * error.
 */
import { getSystemErrorMessage } from "node:util";
import { ExitStatus, IopathError } from "@iopath/contract";

export interface OutputWatch {
  /** Aborted when the reader of standard output has gone. */
  readonly closed: AbortSignal;
  /** Waits until all that was printed is written. @throws IopathError when some of it was lost */
  requireWritten(): Promise<void>;
}

/** Handles errors of both streams. A reader that goes away, such as head(1), is no trouble. */
export function watchOutput(
  output: NodeJS.WritableStream = process.stdout,
  complaints: NodeJS.EventEmitter = process.stderr,
): OutputWatch {
  const closing = new AbortController();
  let problem: IopathError | undefined;
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") closing.abort();
    else problem ??= lostOutput(error);
  });
  complaints.on("error", () => {}); // nowhere is left to say so
  const requireWritten = async () => {
    // An error is emitted after the write that failed, and before this one is done.
    await new Promise<void>((done) => output.write("", () => done()));
    if (problem) throw problem;
  };
  return { closed: closing.signal, requireWritten };
}

function lostOutput({ code, errno, message }: NodeJS.ErrnoException): IopathError {
  const why = errno === undefined ? message : `${code}, ${getSystemErrorMessage(errno)}`;
  return new IopathError(ExitStatus.output, `standard output can't be written (${why})`, {
    remedy: "make room where it leads to, or send it elsewhere",
  });
}
