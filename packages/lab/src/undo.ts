/**
 * Changes to what is not ours (settings of an interface named with `--ports`) that must be put back
 * even after SIGKILL. What undoes a change is on disk before the change is made, under the name of
 * the process that makes it; the next start undoes what processes left that are gone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  currentNamespace,
  DeviceFeatures,
  inNamespace,
  readDeviceSetting,
  writeDeviceSetting,
} from "@iopath/native";
import { run } from "./command.ts";
import { type KeptInterface, keepInterface, restoreInterface } from "./kept-interface.ts";
import { namespaceNames } from "./namespace.ts";
import { isOrphan, ownedName } from "./owner.ts";
import {
  driverOf,
  giveToDriver,
  kernelDriver,
  netdevsOf,
  noDriver,
  requirePciDevice,
} from "./pci.ts";

const folder = "/run/iopath/undo";
const namespaceFolder = "/run/netns";

/** What has to be done to undo a change. */
export type Undo =
  /** A number in /sys/class/net/DEVICE. */
  | {
      readonly kind: "setting";
      readonly device: string;
      readonly name: string;
      readonly value: string;
    }
  /** An offload feature, as `ethtool -k` names it. */
  | {
      readonly kind: "feature";
      readonly device: string;
      readonly name: string;
      readonly on: boolean;
    }
  /** A value below /proc/sys/net. */
  | { readonly kind: "sysctl"; readonly path: string; readonly value: string }
  /**
   * The driver that a PCI device has: its name, or nothing; and the interface that it made of the
   * device.
   */
  | {
      readonly kind: "driver";
      readonly address: string;
      readonly driver: string;
      readonly kept?: KeptInterface;
    }
  /** ip(8) or tc(8) with these arguments. */
  | { readonly kind: "command"; readonly program: "ip" | "tc"; readonly args: readonly string[] };

interface RecordedUndo {
  /** "net:[4026531840]": the network namespace that the change was made in. */
  readonly namespace: string;
  readonly undo: Undo;
}

/** Makes a change in the calling thread's network namespace; disposing undoes it there. */
function changeUntilDisposed(undo: Undo, change: () => void): Disposable {
  mkdirSync(folder, { recursive: true });
  const recorded: RecordedUndo = { namespace: currentNamespace(), undo };
  const file = join(folder, ownedName("undo"));
  writeFileSync(file, JSON.stringify(recorded));
  let made = true;
  try {
    change();
  } catch (error) {
    rmSync(file); // nothing was changed: what is there is not ours to undo
    throw error;
  }
  return {
    [Symbol.dispose]: () => {
      if (!made) return;
      made = false;
      perform(recorded);
      rmSync(file, { force: true });
    },
  };
}

/** There is nothing to change, hence nothing to undo. */
const unchanged: Disposable = { [Symbol.dispose]: () => {} };

/** Sets a number of a device of the calling thread's namespace until disposed. */
export function changeSetting(device: string, name: string, value: number): Disposable {
  const before = readDeviceSetting(device, name);
  return changeUntilDisposed({ kind: "setting", device, name, value: before }, () =>
    writeDeviceSetting(device, name, String(value)),
  );
}

/** Turns an offload feature of a device on until disposed; one that is on stays as it is. */
export function turnFeatureOn(device: string, name: string): Disposable {
  using features = new DeviceFeatures(device);
  if (features.isOn(name)) return unchanged;
  return changeUntilDisposed({ kind: "feature", device, name, on: false }, () =>
    features.set(name, true),
  );
}

/** Sets a value below /proc/sys/net of the calling thread's namespace until disposed. */
export function changeSysctl(path: string, value: string): Disposable {
  const file = `/proc/sys/net/${path}`;
  const before = readFileSync(file, "utf8").trim();
  if (before === value) return unchanged;
  return changeUntilDisposed({ kind: "sysctl", path, value: before }, () =>
    writeFileSync(file, value, { flag: "r+" }),
  );
}

/** Adds with ip(8) or tc(8) what `undo` takes away again. */
export function addUntilDisposed(
  program: "ip" | "tc",
  add: readonly string[],
  undo: readonly string[],
): Disposable {
  return changeUntilDisposed({ kind: "command", program, args: undo }, () => {
    run(program, add);
  });
}

/**
 * Gives a PCI device to the driver of this name and no other; disposed, the device goes back to the
 * driver that it had, or to none, and its interface stands as it stood (`kept-interface.ts`).
 *
 * @throws IopathError when there is no such device or the driver does not take it
 */
export function bindDriver(address: string, driver: string): Disposable {
  requirePciDevice(address);
  const [interfaceNow] = netdevsOf(address);
  const undo: Undo = {
    kind: "driver",
    ...{ address, driver: driverOf(address) ?? noDriver },
    ...(interfaceNow === undefined ? {} : { kept: keepInterface(interfaceNow) }),
  };
  return changeUntilDisposed(undo, () => {
    try {
      giveToDriver(address, driver);
    } catch (error) {
      applyOrThrow(undo);
      throw error;
    }
  });
}

/** As `bindDriver`, with the driver that the kernel itself has for the device. */
export function bindKernelDriver(address: string): Disposable {
  return bindDriver(address, kernelDriver);
}

/** Undoes what processes left that are gone; returns what was undone, in words. */
export function undoOrphans(): string[] {
  const orphans = recordNames().filter(isOrphan);
  return orphans.flatMap((name) => {
    const file = join(folder, name);
    const recorded = JSON.parse(readFileSync(file, "utf8")) as RecordedUndo;
    const done = perform(recorded);
    rmSync(file, { force: true });
    return done ? [describeUndo(recorded.undo)] : [];
  });
}

function recordNames(): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the folder is made with the first record
  }
}

/** False where the namespace, or what was changed in it, is gone: then there is nothing to undo. */
function perform({ namespace, undo }: RecordedUndo): boolean {
  // PCI devices are in no network namespace, and a driver puts a new interface into the first one.
  if (undo.kind === "driver" || namespace === currentNamespace()) return apply(undo);
  const inode = /\d+/.exec(namespace)?.[0];
  const name = namespaceNames().find(
    (candidate) => String(statSync(join(namespaceFolder, candidate)).ino) === inode,
  );
  return name !== undefined && inNamespace(name, () => apply(undo));
}

function apply(undo: Undo): boolean {
  try {
    applyOrThrow(undo);
    return true;
  } catch {
    return false;
  }
}

function applyOrThrow(undo: Undo): void {
  switch (undo.kind) {
    case "setting":
      writeDeviceSetting(undo.device, undo.name, undo.value);
      break;
    case "feature": {
      using features = new DeviceFeatures(undo.device);
      features.set(undo.name, undo.on);
      break;
    }
    case "sysctl":
      writeFileSync(`/proc/sys/net/${undo.path}`, undo.value, { flag: "r+" });
      break;
    case "driver":
      giveToDriver(undo.address, undo.driver);
      if (undo.kept) restoreInterface(undo.address, undo.kept);
      break;
    case "command":
      run(undo.program, undo.args);
  }
}

function describeUndo(undo: Undo): string {
  switch (undo.kind) {
    case "setting":
      return `${undo.name} of ${undo.device} is ${undo.value} again`;
    case "feature":
      return `${undo.name} of ${undo.device} is ${undo.on ? "on" : "off"} again`;
    case "sysctl":
      return `net/${undo.path} is ${undo.value} again`;
    case "driver":
      return `${undo.address} has ${undo.driver || "no driver"} again`;
    case "command":
      return `${undo.program} ${undo.args.join(" ")}`;
  }
}
