/** What this machine is, where that decides what figures mean. */
import { readFileSync } from "node:fs";
import os from "node:os";

/** Whether a hypervisor runs it, by the processor's flag. */
export function isVirtualMachine(): boolean {
  return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync("/proc/cpuinfo", "utf8"));
}

/** Whether its processor is emulated: then its cards are as well. */
export function isEmulatedMachine(): boolean {
  return os.cpus()[0]?.model.startsWith("QEMU") ?? false;
}
