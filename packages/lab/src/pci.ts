/** PCI devices and their drivers, through sysfs (Linux Documentation/ABI/testing/sysfs-bus-pci). */
import { existsSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { linkIfThere, namesIfThere } from "@iopath/native";
import { poll } from "./wait.ts";

const bus = "/sys/bus/pci";
const netdevLimitMs = 10_000;

export function isPciAddress(text: string): boolean {
  return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(text);
}

/** The driver that has a device; undefined when none has. */
export function driverOf(address: string): string | undefined {
  const link = linkIfThere(`${bus}/devices/${address}/driver`);
  return link && basename(link);
}

/** In place of a driver's name: the device has no driver. */
export const noDriver = "";
/**
 * The one that the kernel itself has for a device, in place of a driver's name: an empty override
 * lets it choose.
 */
export const kernelDriver = "kernel's own";

export function hasPciDevice(address: string): boolean {
  return isPciAddress(address) && existsSync(`${bus}/devices/${address}`);
}

/** @throws IopathError when there is no such device */
export function requirePciDevice(address: string): void {
  if (hasPciDevice(address)) return;
  throw new IopathError(ExitStatus.cannotRun, `there is no PCI device ${address}`, {
    remedy: "a port of this path is named by the PCI address of a virtual function: 0000:01:10.0",
  });
}

/**
 * Takes a device from the driver that it has and gives it to another one. A device that is gone
 * needs none.
 *
 * @param driver its name, `kernelDriver`, or `noDriver`
 * @throws IopathError when the driver does not take it
 */
export function giveToDriver(address: string, driver: string): void {
  const device = `${bus}/devices/${address}`;
  if (!hasPciDevice(address)) return;
  if (driverOf(address)) writeFileSync(`${device}/driver/unbind`, address);
  writeFileSync(`${device}/driver_override`, "\n");
  if (driver === noDriver) return;
  if (driver !== kernelDriver) writeFileSync(`${device}/driver_override`, `${driver}\n`);
  writeFileSync(`${bus}/drivers_probe`, address);
  writeFileSync(`${device}/driver_override`, "\n"); // the driver that has it keeps it
  const bound = driverOf(address);
  if (driver === kernelDriver ? bound !== undefined : bound === driver) return;
  const what = driver === kernelDriver ? "no driver takes" : `driver ${driver} did not take`;
  throw new IopathError(ExitStatus.cannotRun, `${what} ${address}`, {
    remedy: "load its module with modprobe(8); `dmesg` has the driver's reason, if it has one",
  });
}

/** The network device that a driver made of a PCI device, in the namespace of the caller. */
export function netdevOf(address: string): string {
  const found = poll(netdevLimitMs, 20, () => netdevsOf(address)[0]);
  if (found !== undefined) return found;
  throw new IopathError(ExitStatus.cannotRun, `${address} has no network device`);
}

/** All of them: none without a driver. Those of a virtio device lie one folder deeper. */
export function netdevsOf(address: string): string[] {
  const device = `${bus}/devices/${address}`;
  const deeper = namesIfThere(device).filter((name) => /^virtio\d+$/.test(name));
  return ["", ...deeper].flatMap((folder) => namesIfThere(`${device}/${folder}/net`));
}
