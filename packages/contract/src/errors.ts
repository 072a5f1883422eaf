/** Exit statuses of the `iopath` command, one per kind of trouble; the README has the table. */
export const ExitStatus = {
  ok: 0,
  cellFailed: 1,
  cannotRun: 2,
  usage: 3,
  config: 4,
  input: 5,
  output: 6,
  hostDirty: 7,
  refused: 8,
  hungUp: 129,
  interrupted: 130,
  quit: 131,
  terminated: 143,
} as const;

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/**
 * Trouble that a user can act on: one clear message, no stack trace. The message says what was
 * tried, on what, and what the system answered; the remedy says what to do.
 */
export class IopathError extends Error {
  readonly exitStatus: ExitStatus;
  readonly remedy: string | undefined;

  constructor(
    exitStatus: ExitStatus,
    message: string,
    options?: { remedy?: string; cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.name = "IopathError";
    this.exitStatus = exitStatus;
    this.remedy = options?.remedy;
  }
}

/** What a person reads: the message, and on a line of its own what to do about it. */
export function explain(error: unknown): string {
  if (error instanceof IopathError && error.remedy) return `${error.message}\n${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}
