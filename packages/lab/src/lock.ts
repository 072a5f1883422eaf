/**
 * The machine's lock: what is timed is alone, since two measurements would disturb each other.
 * Counted runs and verify passes share the machine with each other, and wait only for what is
 * timed.
 *
 * There are two files. Whoever waits to be alone holds the second, the turn, so that those who come
 * later wait behind it, and it gets the machine in the end. Nothing about a file is fatal: where
 * none can be locked, the caller learns so and goes on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Deadline, ExitStatus, IopathError } from "@iopath/contract";
import type { FileLock } from "@iopath/native";
import { LockFile } from "./lock-file.ts";
import { describeHolders, findHolders, type Holder, signature } from "./lock-holders.ts";

/** `IOPATH_LOCK` names another file: test processes have one each. */
function lockPaths(): string[] {
  const named = process.env.IOPATH_LOCK;
  return named ? [named] : ["/run/lock/iopath.lock", "/tmp/iopath.lock"];
}

const waitStepMs = 200;

export interface LockOptions {
  readonly waitMs: number;
  /** Share the machine with others that do: for what is counted or verified, and not timed. */
  readonly share?: boolean;
  /** Called once, when somebody else holds the machine. */
  readonly onWait: (holders: readonly Holder[]) => void;
  /** Called where no file can be locked: nothing keeps others away then. */
  readonly onUnlocked?: (why: string) => void;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal;
}

/**
 * Holds the machine until disposed; the kernel lets go of it when the process ends.
 *
 * @throws IopathError, exit status 2, when the wait was in vain
 */
export async function lockMachine(options: LockOptions): Promise<Disposable> {
  const kind: FileLock = options.share ? "shared" : "exclusive";
  const wait = newWait(options);
  const problems: string[] = [];
  for (const path of lockPaths()) {
    const turnPath = `${path}.turn`;
    const next = (file: string) => wait([path, turnPath], () => tryToLock(file, kind));
    try {
      using _turn = await next(turnPath).catch(onlyWithoutFile);
      const held = await next(path);
      held.write(kind === "exclusive" ? signature() : "");
      return held;
    } catch (error) {
      if (error instanceof IopathError || options.signal?.aborted) throw error;
      problems.push((error as Error).message);
    }
  }
  options.onUnlocked?.(problems.join("; "));
  return { [Symbol.dispose]: () => {} };
}

/** Without a turn it goes on: the lock itself may still be readable. */
function onlyWithoutFile(error: unknown): undefined {
  if (error instanceof IopathError || !(error as NodeJS.ErrnoException).code) throw error;
}

/**
 * Opens the file for each try: somebody may have removed it meanwhile, or put another in its place.
 */
function tryToLock(path: string, kind: FileLock): LockFile | undefined {
  using opening = new DisposableStack();
  const file = opening.use(new LockFile(path));
  if (!file.tryLock(kind)) return undefined;
  opening.move();
  return file;
}

/** Tries again and again, for as long as all tries together may take. */
function newWait({ waitMs, onWait, signal }: LockOptions) {
  const deadline = new Deadline(waitMs);
  let hasTold = false;
  return async (paths: readonly string[], attempt: () => LockFile | undefined) => {
    for (;;) {
      const locked = attempt();
      if (locked) return locked;
      const holders = findHolders(paths);
      if (!hasTold) onWait(holders);
      hasTold = true;
      if (deadline.isOver()) throw waitError(holders);
      await sleep(waitStepMs);
      signal?.throwIfAborted();
    }
  };
}

function waitError(holders: readonly Holder[]): IopathError {
  const message =
    holders.length > 1
      ? `${describeHolders(holders)} are measuring on this machine`
      : `${describeHolders(holders)} is measuring on this machine`;
  return new IopathError(ExitStatus.cannotRun, message, {
    remedy: "wait for it to end, or end it; two runs at once would measure each other",
  });
}
