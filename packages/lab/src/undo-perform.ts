/** What undoes a change: where it was made, and whether what was changed is still there. */
import { existsSync, writeFileSync } from "node:fs";
import {
  currentNamespace,
  DeviceFeatures,
  findInterfaceIndex,
  findNamespace,
  inNamespaceOf,
  writeDeviceSetting,
} from "@iopath/native";
import { CommandRefusal, run } from "./command.ts";
import { restoreInterface } from "./kept-interface.ts";
import { seesAllProcesses } from "./owner.ts";
import { giveToDriver, hasPciDevice } from "./pci.ts";
import type { Undo, UndoRecord } from "./undo-record.ts";

/** A network namespace: the calling thread's, or the one behind a file. */
type Where = { readonly file: string | undefined };

/** "gone" where the namespace has ended, "hidden" where it may be another container's. */
export function whereToUndo({ namespace, undo }: UndoRecord): Where | "gone" | "hidden" {
  // PCI devices are in no network namespace; a driver puts a new interface into the first one.
  if (undo.kind === "driver" || namespace === currentNamespace()) return { file: undefined };
  const file = findNamespace(namespace);
  if (file !== undefined) return { file };
  return seesAllProcesses() ? "gone" : "hidden";
}

/**
 * False where what was changed is gone: then there is nothing to undo.
 *
 * @throws Error where it is there, and can't be changed back
 */
export function performUndo(undo: Undo, { file }: Where): boolean {
  const tryIt = () => {
    if (!isThere(undo)) return false;
    applyUndo(undo);
    return true;
  };
  return file === undefined ? tryIt() : inNamespaceOf(file, tryIt);
}

function isThere(undo: Undo): boolean {
  switch (undo.kind) {
    case "setting":
    case "feature":
      return findInterfaceIndex(undo.device) !== undefined;
    case "sysctl":
      return existsSync(`/proc/sys/net/${undo.path}`);
    case "driver":
      return hasPciDevice(undo.address);
    case "command":
      return true;
  }
}

export function applyUndo(undo: Undo): void {
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
      takeAway(undo.program, undo.args);
  }
}

/** A route or filter that is gone, as with its interface, can't be told from one that stays. */
function takeAway(program: "ip" | "tc", args: readonly string[]): void {
  try {
    run(program, args);
  } catch (error) {
    if (!(error instanceof CommandRefusal) || error.isForbidden) throw error;
  }
}
