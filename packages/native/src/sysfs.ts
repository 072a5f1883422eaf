/**
 * The settings of network devices in /sys/class/net. What is mounted there shows the devices of the
 * network namespace in which it was mounted, so that a thread in another namespace needs a sysfs of its
 * own.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { PrivateMount } from "./private-mount.ts";

interface Setting {
  readonly path: string;
  readonly value: string;
}

/** The devices of the network namespace that the calling thread is in, whatever it enters later. */
export class DeviceSettings implements Disposable {
  readonly #sysfs = new PrivateMount("sysfs");
  readonly #before: Setting[] = [];
  #open = true;

  /** Sets a number of a device until this is disposed: "napi_defer_hard_irqs" to 2. */
  set(device: string, name: string, value: number): void {
    const path = `${this.#sysfs.path}/class/net/${device}/${name}`;
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
      this.#sysfs[Symbol.dispose]();
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
