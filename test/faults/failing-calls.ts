/**
 * Makes calls into the system fail that our own code makes, as if the kernel had refused them. It
 * wraps Node's functions for files, processes, users and sockets before our code imports them:
 * preload it.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import os from "node:os";
import { Readable, Writable } from "node:stream";

export interface Call {
  /** As Node names it in errors: "open", "spawn ip". */
  readonly syscall: string;
  readonly path: string | undefined;
}

/** Calls of our own code so far. */
export const calls: Call[] = [];

let failing: { readonly at: number; readonly code: keyof typeof os.constants.errno } | undefined;

/** The call that failed; undefined when there were not as many. */
export let failed: Call | undefined;

/** Counts from 0 again. @param failAt which call fails, from 0 on; none when undefined */
export function begin(failAt?: number, code: keyof typeof os.constants.errno = "EACCES"): void {
  calls.length = 0;
  failed = undefined;
  failing = failAt === undefined ? undefined : { at: failAt, code };
}

/** Frames of the stack as a path in this repository, of whoever called one of Node's functions. */
const ourCode = /\/(harness|packages\/[\w-]+)\/src\//;

function isOurs(): boolean {
  const frames = new Error("stack").stack!.split("\n").slice(1);
  const caller = frames.find((frame) => !frame.includes("/test/faults/"));
  return caller !== undefined && ourCode.test(caller);
}

/** Notes a call; the error that it has to fail with. */
function failureOf(syscall: string, path?: unknown): Error | undefined {
  if (!isOurs()) return undefined;
  const call = { syscall, path: typeof path === "string" ? path : undefined };
  calls.push(call);
  if (!failing || calls.length - 1 !== failing.at) return undefined;
  failed = call;
  return systemError(call, failing.code);
}

function systemError({ syscall, path }: Call, code: keyof typeof os.constants.errno): Error {
  const errno = -os.constants.errno[code];
  const message = `${code}: injected, ${syscall}${path === undefined ? "" : ` '${path}'`}`;
  return Object.assign(new Error(message), {
    ...{ code, errno, syscall },
    ...(path === undefined ? {} : { path }),
  });
}

type AnyFunction = (...args: unknown[]) => unknown;

/** @param fail what the function does in place of its work; throws when not given */
function wrap(
  owner: object,
  name: string,
  syscall: (args: unknown[]) => string,
  fail: (error: Error, args: unknown[], original: AnyFunction) => unknown = (error) => {
    throw error;
  },
): void {
  const functions = owner as Record<string, AnyFunction>;
  const original = functions[name]!;
  functions[name] = function (this: unknown, ...args: unknown[]): unknown {
    const error = failureOf(syscall(args), args[0]);
    if (error) return fail(error, args, original);
    return original.apply(this, args);
  };
}

/** By Node's name of the call that fails first in each. */
const fileCalls = {
  open: ["openSync", "readFileSync", "writeFileSync", "appendFileSync"],
  mkdir: ["mkdirSync"],
  mkdtemp: ["mkdtempSync"],
  scandir: ["readdirSync"],
  stat: ["statSync"],
  lstat: ["lstatSync"],
  fstat: ["fstatSync"],
  statfs: ["statfsSync"],
  access: ["accessSync"],
  rename: ["renameSync"],
  rm: ["rmSync"],
  unlink: ["unlinkSync"],
  symlink: ["symlinkSync"],
  readlink: ["readlinkSync"],
  realpath: ["realpathSync"],
  write: ["writeSync"],
  read: ["readSync"],
  ftruncate: ["ftruncateSync"],
  fsync: ["fsyncSync"],
  cp: ["cpSync"],
  copyfile: ["copyFileSync"],
};

for (const [syscall, names] of Object.entries(fileCalls)) {
  for (const name of names) wrap(fs, name, () => syscall);
}
for (const [syscall, names] of Object.entries({ access: ["access"], open: ["open", "readFile"] })) {
  for (const name of names) {
    wrap(
      fs.promises,
      name,
      () => syscall,
      (error) => Promise.reject(error),
    );
  }
}
wrap(
  fs,
  "createReadStream",
  () => "open",
  (error) =>
    new Readable({
      read() {
        this.destroy(error);
      },
    }),
);
wrap(
  fs,
  "createWriteStream",
  () => "open",
  (error) => new Writable({ write: (_chunk, _encoding, done) => done(error) }),
);
wrap(os, "userInfo", () => "uv_os_get_passwd");
wrap(childProcess, "execFileSync", ([program]) => `spawnSync ${program}`);
wrap(
  childProcess,
  "spawnSync",
  ([program]) => `spawnSync ${program}`,
  (error) => {
    return { error, status: null, signal: null, stdout: null, stderr: null, output: [], pid: 0 };
  },
);
wrap(
  childProcess,
  "spawn",
  ([program]) => `spawn ${program}`,
  (error, [, ...others], original) => {
    const child = original("/no/such/program", ...others) as childProcess.ChildProcess;
    const emit = child.emit.bind(child);
    child.emit = (name: string, ...args: unknown[]) =>
      emit(name, ...(name === "error" ? [error] : args));
    return child;
  },
);
wrap(
  net.Server.prototype,
  "listen",
  () => "listen",
  (error) => {
    const server = net.createServer();
    process.nextTick(() => server.emit("error", error));
    return server;
  },
);
syncBuiltinESMExports();

/**
 * For a trial, which a test can't reach otherwise: "12 EACCES", the call that fails, and the file
 * that then says which it was.
 */
const { IOPATH_TEST_FAILING: told, IOPATH_TEST_FAILED: answer } = process.env;
if (told && process.argv[1]?.endsWith("/trial/main.ts")) {
  const [at, code] = told.split(" ");
  begin(Number(at), code as keyof typeof os.constants.errno);
  process.on("exit", () => {
    if (failed && answer) fs.writeFileSync(answer, failed.syscall);
  });
}
