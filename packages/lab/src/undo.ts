/**
 * Changes to what is not ours (settings of an interface named with `--ports`) that must be put back
 * even after SIGKILL. What undoes a change is on disk before the change is made, under the name of
 * the process that makes it; the next start undoes what processes left that are gone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ExitStatus, IopathError, requireTrouble } from "@iopath/contract";
import {
  currentNamespace,
  DeviceFeatures,
  readDeviceSetting,
  writeDeviceSetting,
} from "@iopath/native";
import { run } from "./command.ts";
import { keepInterface } from "./kept-interface.ts";
import {
  driverOf,
  giveToDriver,
  kernelDriver,
  netdevsOf,
  noDriver,
  requirePciDevice,
} from "./pci.ts";
import { applyUndo, performUndo, whereToUndo } from "./undo-perform.ts";
import {
  describeUndo,
  removeRecord,
  type Undo,
  type UndoRecord,
  writeRecord,
} from "./undo-record.ts";

/**
 * Makes a change in the calling thread's network namespace; disposing undoes it there, or throws an
 * IopathError, exit status 7.
 */
function changeUntilDisposed(undo: Undo, change: () => void): Disposable {
  const record: UndoRecord = { namespace: currentNamespace(), undo };
  const file = writeRecord(record);
  let made = true;
  try {
    change();
  } catch (error) {
    removeRecord(file); // nothing was changed: the file is not ours to undo
    throw error;
  }
  return {
    [Symbol.dispose]: () => {
      if (!made) return;
      undoNow(record, file);
      made = false;
    },
  };
}

/**
 * A namespace that can't be seen has most likely ended; the record stays for a start that can tell.
 *
 * @throws IopathError where it can't be undone; the record then stays for the next start
 */
function undoNow(record: UndoRecord, file: string): void {
  try {
    const where = whereToUndo(record);
    if (where === "hidden") return;
    if (where !== "gone") performUndo(record.undo, where);
    removeRecord(file);
  } catch (cause) {
    const { message } = requireTrouble(cause);
    const what = `not undone: ${describeUndo(record.undo)}: ${message}`;
    const remedy = "the next start tries it again once this process has ended: `iopath clean`";
    throw new IopathError(ExitStatus.hostDirty, what, { remedy, cause });
  }
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
  return setFeature(device, name, true);
}

/** Turns it off until disposed; one that is off stays as it is. */
export function turnFeatureOff(device: string, name: string): Disposable {
  return setFeature(device, name, false);
}

function setFeature(device: string, name: string, on: boolean): Disposable {
  using features = new DeviceFeatures(device);
  if (features.isOn(name) === on) return unchanged;
  return changeUntilDisposed({ kind: "feature", device, name, on: !on }, () =>
    features.set(name, on),
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
      applyUndo(undo);
      throw error;
    }
  });
}

/** As `bindDriver`, with the driver that the kernel itself has for the device. */
export function bindKernelDriver(address: string): Disposable {
  return bindDriver(address, kernelDriver);
}
