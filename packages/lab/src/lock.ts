/** One measurement at a time on a machine: two would measure each other. */
import {
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ExitStatus, IopathError } from "@iopath/contract";
import { call, errnoOf, SystemError } from "@iopath/native";

/**
 * IOPATH_LOCK names another file: each test process takes a lock of its own, unless it tests the
 * lock.
 */
const lockFile = process.env.IOPATH_LOCK || "/run/lock/iopath.lock";
/** sys/file.h */
const LOCK_EX_NB = 2 | 4;
const waitStepMs = 200;

export interface LockOptions {
  readonly waitMs: number;
  /** Told once when another run holds the lock. */
  readonly onWait: (holder: string) => void;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal;
}

/** Holds the machine's lock until disposed; the kernel lets go of it when the process ends. */
export async function lockMachine(options: LockOptions): Promise<Disposable> {
  mkdirSync(dirname(lockFile), { recursive: true });
  const fd = openSync(lockFile, constants.O_RDWR | constants.O_CREAT);
  const giveUpAt = Date.now() + options.waitMs;
  for (let tries = 0; !tryLock(fd); tries++) {
    const holder = readFileSync(lockFile, "utf8").trim();
    if (tries === 0) options.onWait(holder);
    if (Date.now() > giveUpAt) {
      closeSync(fd);
      throw new IopathError(
        ExitStatus.cannotRun,
        `process ${holder} is measuring on this machine`,
        {
          remedy: "wait for it to end, or end it; two runs at once would measure each other",
        },
      );
    }
    await sleep(waitStepMs);
    if (options.signal?.aborted) closeSync(fd);
    options.signal?.throwIfAborted();
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`, 0);
  return { [Symbol.dispose]: () => closeSync(fd) };
}

function tryLock(fd: number): boolean {
  try {
    call("flock", `lock ${lockFile}`, fd, LOCK_EX_NB);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.errno === errnoOf("EAGAIN")) return false;
    throw error;
  }
}
