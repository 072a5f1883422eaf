/**
 * Locks on whole files, flock(2). A lock belongs to the open file: the kernel lets go of it when
 * the last descriptor is closed, whatever ends the process. A descriptor that only reads can lock.
 */
import { closeSync } from "node:fs";
import { call, errnoOf, SystemError } from "./libc.ts";

/** sys/file.h */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** fcntl.h */
const F_DUPFD_CLOEXEC = 1030;

export type FileLock = "shared" | "exclusive";

/** Takes a lock if nobody else has one that excludes it; false if somebody has. */
export function tryLockFile(fd: number, kind: FileLock): boolean {
  try {
    call("flock", "lock a file", fd, (kind === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.errno === errnoOf("EAGAIN")) return false;
    throw error;
  }
}

/**
 * Keeps an open file open until the process ends. Node closes the descriptors that a thread opened
 * when the thread ends; this one it does not know.
 */
export function keepUntilProcessEnds(fd: number): void {
  call("fcntl", "keep a file open", fd, F_DUPFD_CLOEXEC, 0);
  closeSync(fd);
}
