/** Memory of the calling process. */
import { readFileSync } from "node:fs";

/**
 * The most memory that was resident at once, bytes: VmHWM of proc(5). What getrusage(2) says is
 * never less than what the parent had when it forked the process (Linux, fs/exec.c).
 */
export function residentBytesMax(): number {
  const status = readFileSync("/proc/self/status", "latin1");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}
