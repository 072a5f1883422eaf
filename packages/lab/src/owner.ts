/**
 * Who owns what was made. The name of everything we make carries the process that made it, as pid
 * and start time, so that leftovers of a process that was killed are known without any file of
 * ours.
 */
import { readFileSync } from "node:fs";

const prefix = "iopath";

let named = 0;

/** A new name for something of this process: "iopath-4711-8154331-tester1". */
export function ownedName(role: string): string {
  named++;
  return `${prefix}-${process.pid}-${startTime(process.pid)}-${role}${named}`;
}

/** True for a name of ours whose maker no longer runs. */
export function isOrphan(name: string): boolean {
  const [, pid, started] = /^iopath-(\d+)-(\d+)-/.exec(name) ?? [];
  if (pid === undefined) return false;
  return startTime(Number(pid)) !== started;
}

/**
 * When a process started, in clock ticks since boot; undefined when there is none. proc(5), stat
 */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name, may hold spaces and parentheses; fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
