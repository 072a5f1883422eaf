/**
 * The settings of network devices in /sys/class/net. What is mounted there shows the devices of the
 * network namespace in which it was mounted, so that a thread in another namespace needs a sysfs of its
 * own: fsopen(2) makes one that is mounted nowhere and gone with its descriptor. Since Linux 5.2.
 */
import { closeSync, readFileSync, writeFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { syscall } from "./libc.ts";
import { scratch } from "./socket.ts";

/** linux/mount.h */
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

interface Setting {
  readonly path: string;
  readonly value: string;
}

/** The devices of the network namespace that the calling thread is in, whatever it enters later. */
export class DeviceSettings implements Disposable {
  readonly #fd = mountSysfs();
  readonly #before: Setting[] = [];
  #open = true;

  /** Sets a number of a device until this is disposed: "napi_defer_hard_irqs" to 2. */
  set(device: string, name: string, value: number): void {
    const path = `/proc/self/fd/${this.#fd}/class/net/${device}/${name}`;
    try {
      const before = readFileSync(path, "utf8").trim();
      writeFileSync(path, String(value), { flag: "r+" });
      this.#before.push({ path, value: before });
    } catch (cause) {
      const { code = "unknown error" } = cause as NodeJS.ErrnoException;
      const message = `set ${name} of ${device} to ${value}: ${code}`;
      throw new IopathError(ExitStatus.cannotRun, message, { cause });
    }
  }

  /** Puts back what was there, last first. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      for (const setting of this.#before.reverse()) restore(setting);
    } finally {
      closeSync(this.#fd);
    }
  }
}

/** A device that is gone has nothing to put back. */
function restore({ path, value }: Setting): void {
  try {
    writeFileSync(path, value, { flag: "r+" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENODEV") throw error;
  }
}

function mountSysfs(): number {
  const { u8, address } = scratch();
  u8.set(new TextEncoder().encode("sysfs\0"), 0);
  const context = syscall("fsopen", "open a sysfs", address, FSOPEN_CLOEXEC);
  try {
    syscall("fsconfig", "make a sysfs", context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    return syscall("fsmount", "mount a sysfs nowhere", context, FSMOUNT_CLOEXEC, 0);
  } finally {
    closeSync(context);
  }
}
