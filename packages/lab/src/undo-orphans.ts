/**
 * Undoes what processes left that are gone. No record stops it: each is undone, or named and left.
 */
import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { explain } from "@iopath/contract";
import { hasCode, isAbsence } from "@iopath/native";
import { removeOrphanDpdkFolders } from "./dpdk-folder.ts";
import { ownedName, removeDeadOwners } from "./owner.ts";
import { performUndo, whereToUndo } from "./undo-perform.ts";
import {
  describeUndo,
  orphanRecords,
  putAside,
  readRecord,
  removeRecord,
  type UndoRecord,
} from "./undo-record.ts";

/** Undoes what dead owners left; returns what was done, and what could not be done, in words. */
export function undoOrphans(): string[] {
  const told = orphanRecords().flatMap(undoOrphan);
  removeOrphanDpdkFolders();
  removeDeadOwners();
  return told;
}

function undoOrphan(file: string): string[] {
  let record: UndoRecord;
  try {
    record = readRecord(file);
  } catch (error) {
    if (isAbsence(error)) return []; // another start undid it
    return [putAside(file, explain(error))];
  }
  const words = describeUndo(record.undo);
  const where = whereToUndo(record);
  if (where === "hidden") {
    return [`left alone: ${words}; its network namespace can't be seen from this PID namespace`];
  }
  const mine = take(file);
  if (mine === "taken") return [];
  if (mine === "refused") return [`left alone: ${words}; that needs root`];
  try {
    const done = where !== "gone" && performUndo(record.undo, where);
    removeRecord(mine);
    return done ? [words] : [];
  } catch (error) {
    return [putAside(mine, `${words}: ${explain(error)}`)];
  }
}

/** Makes a record this process's, so that no other start undoes it too. Its file then. */
function take(file: string): string | "taken" | "refused" {
  const mine = join(dirname(file), ownedName("undo"));
  try {
    renameSync(file, mine);
    return mine;
  } catch (error) {
    if (isAbsence(error)) return "taken";
    return hasCode(error, "EACCES", "EPERM") ? "refused" : file;
  }
}
