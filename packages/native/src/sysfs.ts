/**
 * The settings of network devices in /sys/class/net. What is mounted there shows the devices of the
 * network namespace in which it was mounted, so that a thread in another namespace needs a sysfs of
 * its own.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { PrivateMount } from "./private-mount.ts";

/** A setting of a device of the calling thread's namespace: "napi_defer_hard_irqs". */
export function readDeviceSetting(device: string, name: string): string {
  return within(device, `read ${name} of ${device}`, (folder) =>
    readFileSync(`${folder}/${name}`, "utf8").trim(),
  );
}

export function writeDeviceSetting(device: string, name: string, value: string): void {
  within(device, `set ${name} of ${device} to ${value}`, (folder) =>
    writeFileSync(`${folder}/${name}`, value, { flag: "r+" }),
  );
}

function within<T>(device: string, tried: string, body: (folder: string) => T): T {
  using sysfs = new PrivateMount("sysfs");
  try {
    return body(`${sysfs.path}/class/net/${device}`);
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw new IopathError(ExitStatus.cannotRun, `${tried}: ${code}`, { cause });
  }
}

/**
 * The interfaces that stand on a device, such as its VLANs, and its master; in its namespace. None
 * on a missing device: who needs it says so in words of its own.
 */
export function upperDevices(device: string): string[] {
  return within(device, `list what stands on ${device}`, (folder) => {
    if (!existsSync(folder)) return [];
    const uppers = readdirSync(folder).filter((name) => name.startsWith("upper_"));
    return uppers.map((name) => name.slice("upper_".length));
  });
}

/** Receive queues that a device of the calling thread's namespace has now. */
export function receiveQueues(device: string): number {
  return within(device, `count the queues of ${device}`, (folder) => {
    return readdirSync(`${folder}/queues`).filter((name) => name.startsWith("rx-")).length;
  });
}
