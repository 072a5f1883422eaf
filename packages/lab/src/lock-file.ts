/**
 * A file to lock, whoever made it: it is opened as it is, to read if it can't be written, and made
 * only where there is none. `open` with O_CREAT fails on another user's file in a folder such as
 * /run/lock, for root too (sysctl fs.protected_regular), and reading is all that flock(2) asks for.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { type FileLock, forWords, hasCode, ifThere, isAbsence, tryLockFile } from "@iopath/native";

/** Neither a link nor a pipe that somebody put there is followed or waited for. */
const carefully = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class LockFile implements Disposable {
  readonly path: string;
  readonly #fd: number;

  /** @throws Error of the system where it can't be opened or made */
  constructor(path: string) {
    this.path = path;
    this.#fd = openOrMake(path);
    if (fstatSync(this.#fd).isFile()) return;
    closeSync(this.#fd);
    throw new Error(`${path} is no file`);
  }

  /** False where another process has it, or where another file took this one's place. */
  tryLock(kind: FileLock): boolean {
    return tryLockFile(this.#fd, kind) && this.#isInPlace();
  }

  #isInPlace(): boolean {
    const named = ifThere(() => statSync(this.path));
    const open = fstatSync(this.#fd);
    return named?.ino === open.ino && named.dev === open.dev;
  }

  /** Writes what others may want to know, where the file is this user's own and nobody else's. */
  write(text: string): void {
    try {
      const { uid, nlink } = fstatSync(this.#fd);
      if (uid !== process.geteuid?.() || nlink !== 1) return;
      ftruncateSync(this.#fd);
      writeSync(this.#fd, text, 0);
    } catch {
      // open to read alone, or a full disk: the lock is what counts
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function openOrMake(path: string): number {
  try {
    return openThere(path);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  mkdirSync(dirname(path), { recursive: true });
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
    fchmodSync(fd, 0o644); // others lock it too, whatever this process's umask is
    return fd;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return openThere(path);
  }
}

function openThere(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | carefully);
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM", "EROFS", "ETXTBSY")) throw error;
    return openSync(path, constants.O_RDONLY | carefully);
  }
}

/** What the holder wrote, for words about it; undefined where it can't be read. */
export function readLockFile(path: string): string | undefined {
  return forWords(() => {
    const fd = openSync(path, constants.O_RDONLY | carefully);
    try {
      return readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
  });
}
