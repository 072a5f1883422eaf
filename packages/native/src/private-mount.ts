/**
 * File systems that are mounted nowhere: reached through a descriptor, and gone with it. fsopen(2),
 * fsconfig(2) and fsmount(2), since Linux 5.2.
 */
import { closeSync } from "node:fs";
import { syscall } from "./libc.ts";
import { scratch } from "./socket.ts";

/** linux/mount.h */
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

export class PrivateMount implements Disposable {
  /** Where this process and those that it starts find the file system, while it is open. */
  readonly path: string;
  readonly #fd: number;
  #open = true;

  /** @param type as /proc/filesystems has it: "sysfs", "bpf" */
  constructor(type: string) {
    this.#fd = mountNowhere(type);
    this.path = `/proc/${process.pid}/fd/${this.#fd}`;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }
}

function mountNowhere(type: string): number {
  const { u8, address } = scratch();
  u8.set(new TextEncoder().encode(`${type}\0`), 0);
  const context = syscall("fsopen", `open a ${type} file system`, address, FSOPEN_CLOEXEC);
  try {
    syscall("fsconfig", `make a ${type} file system`, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    return syscall("fsmount", `mount a ${type} file system`, context, FSMOUNT_CLOEXEC, 0);
  } finally {
    closeSync(context);
  }
}
