/**
 * Who owns what was made. The name of everything that we make carries its owner: a process, by its
 * number, its start time, and the scope (boot and PID namespace) in which these mean something.
 * While an owner lives, it holds a lock on a file of its name in `/run/iopath/owners`.
 *
 * An owner is alive until it is proven dead. The proof is the lock, which the kernel lets go of
 * when the process ends. Where an owner could not make its file (a full disk, no permission), its
 * number is the proof, but only in the scope that it belongs to: elsewhere the number is another
 * process's.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import {
  hasCode,
  ifThere,
  isAbsence,
  keepUntilProcessEnds,
  linkIfThere,
  namesIfThere,
  notOurs,
  readIfThere,
  tryLockFile,
} from "@iopath/native";
import { atExit } from "./at-exit.ts";
import { removeIfAllowed } from "./remove.ts";

const prefix = "iopath";
const ownersFolder = "/run/iopath/owners";
/** Of a name: process, start time, and the scope, which names of earlier versions lack. */
const nameForm = /^iopath-(\d+)-(\d+)-(?:([0-9a-f]{8})-)?/;
/** The namespace in which every process has a number; PROC_PID_INIT_INO of linux/proc_ns.h. */
const firstPidNamespace = "pid:[4026531836]";
const dayMs = 24 * 60 * 60_000;

interface Owner {
  readonly id: string;
  readonly pid: number;
  readonly started: string;
  /** Undefined in names of earlier versions. */
  readonly scope: string | undefined;
}

let named = 0;
let thisOwner: Owner | undefined;

/** A new name for something of this process: "iopath-4711-8154331-5a0c12ef-tester1". */
export function ownedName(role: string): string {
  thisOwner ??= becomeOwner();
  named++;
  return `${thisOwner.id}-${role}${named}${isMainThread ? "" : `t${threadId}`}`;
}

/** True for a name of ours whose owner is proven dead. */
export function isOrphan(name: string): boolean {
  const owner = ownerOf(name);
  return owner !== undefined && isProvenDead(owner);
}

/** The owner that a name carries, and where the name stands among all that this owner made. */
export function readName(name: string): { owner: string; count: number } | undefined {
  const owner = ownerOf(name);
  const count = /(\d+)(?:t\d+)?$/.exec(name)?.[1];
  return owner && { owner: owner.id, count: Number(count ?? 0) };
}

/** Removes the files of dead owners, unless they may be the only proof of a death. */
export function removeDeadOwners(): void {
  for (const id of namesIfThere(ownersFolder, ...notOurs)) {
    const file = join(ownersFolder, id);
    const owner = ownerOf(`${id}-`);
    const isOnlyProof = owner === undefined || !numbersAreOf(owner);
    if (isOnlyProof && !isOld(file)) continue;
    if (lockOf(file) === "free") removeIfAllowed(file);
  }
}

/** False for one that another process removed meanwhile. */
function isOld(file: string): boolean {
  const found = ifThere(() => statSync(file), ...notOurs);
  return found !== undefined && Date.now() - found.mtimeMs >= dayMs;
}

function ownerOf(name: string): Owner | undefined {
  const [, pid, started, scope] = nameForm.exec(name) ?? [];
  if (pid === undefined || started === undefined) return undefined;
  return newOwner(Number(pid), started, scope);
}

function newOwner(pid: number, started: string, scope: string | undefined): Owner {
  const id = [prefix, pid, started, ...(scope === undefined ? [] : [scope])].join("-");
  return { id, pid, started, scope };
}

function isProvenDead(owner: Owner): boolean {
  const lock = lockOf(join(ownersFolder, owner.id));
  if (lock !== "unknown") return lock === "free";
  return numbersAreOf(owner) && !isRunning(owner);
}

/** Another user's, and what somebody put in the place of a file: a link, a socket, a device. */
const notOpened = [...notOurs, "ELOOP", "ENXIO", "EMLINK"];

/** "unknown" where there is no such file, or one that can't be opened or locked by us. */
function lockOf(file: string): "held" | "free" | "unknown" {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsence(error) || hasCode(error, ...notOpened)) return "unknown";
    throw error;
  }
  try {
    return tryLockFile(fd, "shared") ? "free" : "held";
  } catch (error) {
    // A file system without locks: then the owner's number has to do.
    if (hasCode(error, "ENOLCK", "EOPNOTSUPP", "ENOSYS", "EBADF", "EINVAL")) return "unknown";
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Whether this process sees processes by the numbers that they have in an owner's scope. */
function numbersAreOf(owner: Owner): boolean {
  if (owner.scope === undefined) return seesAllProcesses();
  return seesProcesses() && owner.scope === scopeOfThisProcess();
}

/** Whether /proc shows every process of the machine, and so every namespace that one is in. */
export function seesAllProcesses(): boolean {
  return seesProcesses() && linkIfThere("/proc/self/ns/pid") === firstPidNamespace;
}

/** False where /proc is missing, or where it is that of another PID namespace. */
function seesProcesses(): boolean {
  return linkIfThere("/proc/self") === String(process.pid);
}

function isRunning({ pid, started }: Owner): boolean {
  const found = startTime(String(pid));
  if (found !== undefined) return found === started;
  try {
    return process.kill(pid, 0); // /proc may hide other users' processes
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

function becomeOwner(): Owner {
  const started = startTime("self") ?? String(Math.round(performance.timeOrigin));
  const owner = newOwner(process.pid, started, scopeOfThisProcess());
  holdLock(owner);
  return owner;
}

/**
 * Makes this process's file, which is locked before it has its name. A second thread makes it
 * again, over the first one's: both are locked until the process ends.
 */
function holdLock({ id }: Owner): void {
  const draft = join(ownersFolder, `.${id}-${threadId}`);
  const file = join(ownersFolder, id);
  try {
    mkdirSync(ownersFolder, { recursive: true });
    const fd = openSync(draft, "w", 0o644);
    writeCommand(fd);
    const isOurs = tryLockFile(fd, "exclusive");
    keepUntilProcessEnds(fd);
    if (!isOurs) return;
    renameSync(draft, file);
    if (isMainThread) atExit(() => removeIfAllowed(file));
  } catch {
    removeIfAllowed(draft); // as was said above, the number has to do then
  }
}

/** What holds the lock, for people who look. */
function writeCommand(fd: number): void {
  try {
    writeSync(fd, `${process.pid} ${process.argv.slice(1).join(" ")}\n`);
  } catch {
    // a full disk: the lock is what counts
  }
}

/** The boot and the PID namespace of this process, as a short name. */
function scopeOfThisProcess(): string {
  const boot = readIfThere("/proc/sys/kernel/random/boot_id") ?? "";
  const namespace = linkIfThere("/proc/self/ns/pid") ?? "";
  return createHash("sha256").update(`${boot} ${namespace}`).digest("hex").slice(0, 8);
}

/**
 * When a process started, in clock ticks since boot; undefined without such one. proc(5)
 *
 * @param name its folder in /proc
 */
function startTime(name: string): string | undefined {
  const stat = readIfThere(`/proc/${name}/stat`, ...notOurs);
  if (stat === undefined) return undefined;
  // The second field, the name, may hold spaces and parentheses; fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : fields[19];
}
