/**
 * Who holds a lock file: the kernel's own list of locks, /proc/locks, says which processes do. It
 * leaves out those of other PID namespaces; of these, one that is alone has written into the file
 * who it is. All of it is for words: a wait must not end because of what it can't say.
 */
import { statSync } from "node:fs";
import { normalize } from "node:path";
import { forWords, parseJson, readForWords } from "@iopath/native";
import { readLockFile } from "./lock-file.ts";
import { isOrphan, ownedName } from "./owner.ts";

/** Clock ticks per second in /proc, the same on all architectures; time(7), USER_HZ. */
const ticksPerSecond = 100;

/** A process that holds the machine. What is not known is undefined. */
export interface Holder {
  /** In the PID namespace of the caller. */
  readonly pid: number | undefined;
  /** "iopath run --place host": the command line without the program that runs it. */
  readonly command: string | undefined;
  readonly since: Date | undefined;
  /** Whether it shares the machine with nobody. */
  readonly isAlone: boolean;
}

/** What the holder of an exclusive lock writes into the file. */
export function signature(): string {
  const command = withoutProgram(process.argv);
  return JSON.stringify({ owner: ownedName("lock"), command, since: new Date().toISOString() });
}

/** Those who hold one of the files; none where nobody can be seen. */
export function findHolders(files: readonly string[]): Holder[] {
  const locks = files.flatMap(locksOn).filter(({ pid }) => pid !== process.pid);
  const byPid = new Map(locks.map((lock) => [lock.pid, lock]));
  if (byPid.size > 0) return [...byPid.values()].map(describeProcess);
  return files.flatMap((file) => readSignature(file) ?? []).slice(0, 1);
}

interface Lock {
  readonly pid: number;
  readonly isAlone: boolean;
}

/** "1: FLOCK  ADVISORY  WRITE 4711 00:1a:5678 0 EOF"; proc_locks(5) */
function locksOn(file: string): Lock[] {
  const place = placeOf(file);
  return (readForWords("/proc/locks") ?? "")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === "FLOCK" && fields[5] === place)
    .map(([, , , access, pid]) => ({ pid: Number(pid), isAlone: access === "WRITE" }));
}

/**
 * As /proc/locks names a file: device in hexadecimal, inode. Undefined when there is no such file.
 */
function placeOf(file: string): string | undefined {
  const found = forWords(() => statSync(file));
  if (found === undefined) return undefined;
  const { dev, ino } = found;
  const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)];
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return `${hex(major)}:${hex(minor)}:${ino}`;
}

function describeProcess({ pid, isAlone }: Lock): Holder {
  const words = readForWords(`/proc/${pid}/cmdline`)?.split("\0").filter(Boolean);
  return { pid, command: words && withoutProgram(words), since: startOf(pid), isAlone };
}

/** When a process started, by its clock ticks since boot and the time of boot. proc_pid_stat(5) */
function startOf(pid: number): Date | undefined {
  const stat = readForWords(`/proc/${pid}/stat`);
  const boot = /^btime (\d+)$/m.exec(readForWords("/proc/stat") ?? "")?.[1];
  const ticks = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  if (boot === undefined || ticks === undefined) return undefined;
  return new Date((Number(boot) + Number(ticks) / ticksPerSecond) * 1000);
}

/** "iopath" in place of Node, its flags and the path of the command's first file. */
function withoutProgram(words: readonly string[]): string {
  const main = words.findIndex((word) => normalize(word).endsWith("harness/src/main.ts"));
  return (main < 0 ? words : ["iopath", ...words.slice(main + 1)]).join(" ");
}

/** Of a holder in another PID namespace; undefined where nobody signed, or who did is dead. */
function readSignature(file: string): Holder | undefined {
  const said = parseJson(readLockFile(file) ?? "");
  const { owner, command, since } = (said ?? {}) as Record<string, unknown>;
  if (typeof owner !== "string" || forWords(() => isOrphan(owner))) return undefined;
  return {
    pid: undefined,
    command: typeof command === "string" ? command : undefined,
    since: typeof since === "string" ? new Date(since) : undefined,
    isAlone: true,
  };
}

/** "process 4711 (`iopath run`, since 2026-11-29 14:32:10 UTC)". */
export function describeHolders(holders: readonly Holder[]): string {
  if (holders.length === 0) return "a process that can't be seen from here";
  return holders
    .map(({ pid, command, since }) => {
      const who = pid === undefined ? "a process in another container" : `process ${pid}`;
      const at = since && `since ${since.toISOString().slice(0, 19).replace("T", " ")} UTC`;
      const more = [command && `\`${command}\``, at].filter(Boolean).join(", ");
      return more === "" ? who : `${who} (${more})`;
    })
    .join(" and ");
}
