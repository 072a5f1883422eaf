/**
 * libc through koffi. Everything that crosses into C passes through this file: integers and raw
 * addresses only, pointers as JavaScript numbers (user-space addresses fit in 47 bits).
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import koffi from "koffi";
import { type BoundCall, boundCall, foreignCall, type Native } from "./foreign/foreign-call.ts";
import { privilegeRemedy } from "./privileges.ts";

const libc = koffi.load("libc.so.6");
/** An address or a size, passed as a number. */
const word = "uintptr_t";

function declare(name: string, result: string, args: string[]): Native {
  return libc.func(name, result, args) as unknown as Native;
}

/** As `declare`, for hot loops. */
function declareHot(name: string, result: string, args: string[]): Native {
  const address = Number(libc.symbol(name));
  return foreignCall(address, { count: args.length, result: "int32" }, declare(name, result, args));
}

const syscallRaw = declare("syscall", "intptr_t", ["long", word, word, word, word, word, word]);
/** io_uring's numbers are the same on every architecture (asm-generic/unistd.h). */
const ioUringEnterNumber = 426;
/**
 * Without the last argument of six, the size of a signal mask, which is not looked at when there is
 * none.
 */
const ioUringEnter = foreignCall(
  Number(libc.symbol("syscall")),
  { count: 6, result: "int32" },
  (...args) => syscallRaw(...args, 0),
);
const libcCalls = {
  socket: declare("socket", "int", ["int", "int", "int"]),
  bind: declare("bind", "int", ["int", word, "uint"]),
  connect: declare("connect", "int", ["int", word, "uint"]),
  setsockopt: declare("setsockopt", "int", ["int", "int", "int", word, "uint"]),
  getsockopt: declare("getsockopt", "int", ["int", "int", "int", word, word]),
  // Variadic in C; its third argument is passed as the second is, on x86-64 and arm64 alike.
  ioctl: declare("ioctl", "int", ["int", "ulong", word]),
  close: declare("close", "int", ["int"]),
  mmap: declare("mmap", "intptr_t", [word, word, "int", "int", "int", "int64_t"]),
  munmap: declare("munmap", "int", [word, word]),
  setns: declare("setns", "int", ["int", "int"]),
  sched_setaffinity: declare("sched_setaffinity", "int", ["int", word, word]),
  sched_getaffinity: declare("sched_getaffinity", "int", ["int", word, word]),
  setitimer: declare("setitimer", "int", ["int", word, word]),
  clock_gettime: declare("clock_gettime", "int", ["int", word]),
  sched_setscheduler: declare("sched_setscheduler", "int", ["int", "int", word]),
  flock: declare("flock", "int", ["int", "int"]),
  // Variadic as ioctl is.
  fcntl: declare("fcntl", "int", ["int", "int", word]),
} as const;

/** The calls of hot loops, raw: they return -1 on error, and `lastErrno()` says why. */
export const raw = {
  sendto: declareHot("sendto", "intptr_t", ["int", word, word, "int", word, "uint"]),
  recvfrom: declareHot("recvfrom", "intptr_t", ["int", word, word, "int", word, word]),
  recvmmsg: declareHot("recvmmsg", "int", ["int", word, "uint", "int", word]),
  sendmmsg: declareHot("sendmmsg", "int", ["int", word, "uint", "int"]),
  poll: declareHot("poll", "int", [word, "ulong", "int"]),
  /** io_uring_enter(2) without a signal mask. */
  ioUringEnter: (fd: number, submit: number, waitFor: number, flags: number): number =>
    ioUringEnter(ioUringEnterNumber, fd, submit, waitFor, flags, 0),
} as const;

/**
 * clock_gettime(2) of one clock into one struct timespec, for hot loops. What it is called with is
 * an argument too many, which C does not look at.
 */
export function boundClock(clock: number, address: number): BoundCall {
  const viaKoffi = () => libcCalls.clock_gettime(clock, address);
  const at = Number(libc.symbol("clock_gettime"));
  return boundCall(at, { result: "int32" }, [clock, address], viaKoffi);
}

/** EWOULDBLOCK is another name of EAGAIN, which is how man pages and strace(1) call it. */
const errnoNames = new Map<number, string>(
  Object.entries(koffi.os.errno)
    .filter(([name]) => name !== "EWOULDBLOCK")
    .map(([name, value]) => [value as number, name]),
);

/** The error of the last call on this thread; read it at once. */
export function lastErrno(): number {
  return koffi.errno();
}

/** "EPERM" for 1; "errno 4242" for one that has no name here. */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `errno ${errno}`;
}

/** The number behind an errno's name on this system. */
export function errnoOf(name: keyof typeof koffi.os.errno): number {
  return koffi.os.errno[name] as number;
}

/** A system call that failed: what was tried, on what, and the errno's name. */
export class SystemError extends IopathError {
  readonly errno: number;
  readonly code: string;

  constructor(tried: string, errno: number) {
    const code = errnoName(errno);
    const options = code === "EPERM" ? { remedy: privilegeRemedy() } : {};
    super(ExitStatus.cannotRun, `${tried}: ${code}`, options);
    this.name = "SystemError";
    this.errno = errno;
    this.code = code;
  }
}

/**
 * Calls libc, and throws a `SystemError` when it returns -1.
 *
 * @param tried what is being done and on what, for the message: "bind AF_XDP socket to fd0 queue 0"
 */
export function call(name: keyof typeof libcCalls, tried: string, ...args: number[]): number {
  const result = libcCalls[name](...args);
  if (result === -1) throw new SystemError(tried, lastErrno());
  return result;
}

/** Numbers of the system calls that libc has no function for, by `process.arch`. */
const syscallNumbers = {
  x64: {
    bpf: 321,
    prctl: 157,
    fsopen: 430,
    fsconfig: 431,
    fsmount: 432,
    io_uring_setup: 425,
    io_uring_register: 427,
  },
  arm64: {
    bpf: 280,
    prctl: 167,
    fsopen: 430,
    fsconfig: 431,
    fsmount: 432,
    io_uring_setup: 425,
    io_uring_register: 427,
  },
};
type SystemCall = keyof (typeof syscallNumbers)["x64"];

/** As `call`, for system calls without a libc function (or with a variadic one). */
export function syscall(name: SystemCall, tried: string, ...args: number[]): number {
  const numbers: Partial<Record<string, Record<SystemCall, number>>> = syscallNumbers;
  const number = numbers[process.arch]?.[name];
  if (number === undefined) {
    throw new IopathError(ExitStatus.cannotRun, `no system call numbers for ${process.arch}`);
  }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  const result = syscallRaw(number, a, b, c, d, e, f);
  if (result === -1) throw new SystemError(tried, lastErrno());
  return result;
}

/** Where the first of these bytes lies; they must not be moved, as WebAssembly's memory is not. */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes));
}

/** The memory at `address` as an ArrayBuffer, no copy; dead as soon as it is unmapped. */
export function viewOf(address: number, bytes: number): ArrayBuffer {
  return koffi.view(address as unknown as bigint, bytes);
}
