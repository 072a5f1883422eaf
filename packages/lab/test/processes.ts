/** Processes of this machine, found by what they work on. */
import { readdirSync, readFileSync } from "node:fs";

/** PIDs of those whose command line names this folder. */
export function processesOf(folder: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
