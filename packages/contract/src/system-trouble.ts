/**
 * Failed system calls in words. Code that knows what it tried throws an `IopathError` itself; this
 * is for errors of Node that no code expected: they are no fault of the program either.
 */
import { getSystemErrorMessage } from "node:util";
import { ExitStatus, IopathError } from "./errors.ts";

/** What Node's errors of failed system calls have. */
interface SystemCallError {
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly dest?: string;
}

/**
 * The trouble behind an error, with an exit status; undefined for a bug in the program.
 * An error raised while another was propagating is reported after it.
 */
export function troubleOf(error: unknown): IopathError | undefined {
  if (error instanceof IopathError) return error;
  if (error instanceof SuppressedError) {
    const [first, second] = [troubleOf(error.suppressed), troubleOf(error.error)];
    return first && second && joined(first, second);
  }
  const call = systemCallOf(error);
  if (call) return troubleOfCall(call, error);
  return isProgramError(error) ? troubleOfProgram(error) : undefined;
}

/** A program of the system that ended with another status than 0, as `execFileSync` puts it. */
interface ProgramError extends Error {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: Uint8Array | string | null;
}

function isProgramError(error: unknown): error is ProgramError {
  return error instanceof Error && "status" in error && "signal" in error && "stderr" in error;
}

function troubleOfProgram(error: ProgramError): IopathError {
  const [line = ""] = error.message.split("\n");
  const command = line.replace(/^Command failed: /, "");
  const how = error.signal ? `was ended by ${error.signal}` : `ended with status ${error.status}`;
  const said = String(error.stderr ?? "")
    .trim()
    .split("\n")
    .slice(-wordsKept)
    .join("; ");
  const message = `\`${command}\` ${how}${said && `: ${said}`}`;
  return new IopathError(ExitStatus.cannotRun, message, { cause: error });
}

/** Lines of what a program said last. */
const wordsKept = 4;

/** As `troubleOf`. @throws the error itself when it is a fault of the program */
export function requireTrouble(error: unknown): IopathError {
  const trouble = troubleOf(error);
  if (trouble) return trouble;
  throw error;
}

function joined(first: IopathError, second: IopathError): IopathError {
  const message = `${first.message}; then, while tidying up: ${second.message}`;
  return new IopathError(first.exitStatus, message, withRemedy(first.remedy ?? second.remedy));
}

/** `os.userInfo` and a few others put the call into `info`. */
function systemCallOf(error: unknown): SystemCallError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { info } = error as { info?: unknown };
  return [error, info].find(isSystemCallError);
}

/** Node's own codes have underscores, as ERR_INVALID_ARG_TYPE; errno's names have none. */
function isSystemCallError(value: unknown): value is SystemCallError {
  if (typeof value !== "object" || value === null || !("code" in value)) return false;
  return /^E[A-Z0-9]+$/.test(String(value.code)) && ("syscall" in value || "errno" in value);
}

function troubleOfCall(call: SystemCallError, cause: unknown): IopathError {
  const { code, errno } = call;
  const words = errno === undefined ? "" : `, ${getSystemErrorMessage(errno)}`;
  const options = { ...withRemedy(remedies[code]), cause };
  return new IopathError(statusOf(code), `${describeCall(call)} (${code}${words})`, options);
}

function describeCall({ syscall = "", path, dest }: SystemCallError): string {
  const [name = "", program] = syscall.split(" ");
  if (name === "uv_cwd") return "the folder that this command was started in is gone";
  if (name.startsWith("spawn")) return `program ${program ?? path} can't be started`;
  const what = path ?? "a file";
  const done = participles[name];
  if (done === undefined) return `${name || "a system call"} failed${path ? ` on ${path}` : ""}`;
  return `${what} can't be ${done}${dest === undefined ? "" : ` to ${dest}`}`;
}

/** By the names that Node gives its calls. */
const participles: Readonly<Record<string, string>> = {
  access: "reached",
  chmod: "changed",
  connect: "connected to",
  copyfile: "copied",
  cp: "copied",
  fstat: "looked at",
  fsync: "written",
  ftruncate: "written",
  link: "linked",
  listen: "listened on",
  lstat: "looked at",
  mkdir: "made",
  mkdtemp: "made",
  open: "opened",
  opendir: "listed",
  read: "read",
  readlink: "read",
  realpath: "found",
  rename: "renamed",
  rm: "removed",
  rmdir: "removed",
  scandir: "listed",
  stat: "looked at",
  statfs: "looked at",
  symlink: "made",
  unlink: "removed",
  write: "written",
};

const notWritten = new Set(["ENOSPC", "EDQUOT", "EROFS", "EFBIG"]);

function statusOf(code: string): ExitStatus {
  return notWritten.has(code) ? ExitStatus.output : ExitStatus.cannotRun;
}

const permission = "run it as a user who may, or change who may: owner and mode of the file";
const descriptors = "allow more open files: `ulimit -n 4096`";

const remedies: Readonly<Record<string, string>> = {
  EACCES: permission,
  EPERM: permission,
  EDQUOT: "make room within the quota, or name a folder on another file system",
  EMFILE: descriptors,
  ENFILE: "the whole machine has too many open files: end some programs",
  ENOMEM: "make room in memory",
  ENOSPC: "make room there, or name a folder on another file system",
  EROFS: "name a folder on a file system that can be written",
};

function withRemedy(remedy: string | undefined): { remedy?: string } {
  return remedy === undefined ? {} : { remedy };
}
