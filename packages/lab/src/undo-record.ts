/**
 * Records of what has to be undone, one file each in `/run/iopath/undo`, under the name of their
 * owner. A record is on disk as a whole before the change is made, or the change is not made at
 * all. It is read with suspicion: an earlier version, a full disk or another program may have
 * written it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { namesIfThere, notOurs, parseJson } from "@iopath/native";
import type { KeptInterface } from "./kept-interface.ts";
import { isOrphan, ownedName, readName } from "./owner.ts";
import { removeIfAllowed } from "./remove.ts";

const folder = "/run/iopath/undo";
/** Where records go that can't be read or undone: somebody may want to know what they said. */
const asideFolder = "/run/iopath/aside";

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
  /** The driver that a PCI device had, and the interface that the driver made of the device. */
  | {
      readonly kind: "driver";
      readonly address: string;
      readonly driver: string;
      readonly kept?: KeptInterface;
    }
  /** ip(8) or tc(8) with these arguments. */
  | { readonly kind: "command"; readonly program: "ip" | "tc"; readonly args: readonly string[] };

export interface UndoRecord {
  /** "net:[4026531840]": the network namespace that the change was made in. */
  readonly namespace: string;
  readonly undo: Undo;
}

/** Writes a record and returns its file. @throws IopathError when it can't be written */
export function writeRecord(record: UndoRecord): string {
  const name = ownedName("undo");
  const file = join(folder, name);
  const draft = join(folder, `.${name}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, JSON.stringify(record));
    renameSync(draft, file);
    return file;
  } catch (cause) {
    removeIfAllowed(draft);
    throw recordError(record, cause);
  }
}

function recordError({ undo }: UndoRecord, cause: unknown): IopathError {
  const { code = "unknown error" } = cause as NodeJS.ErrnoException;
  const isFull = ["ENOSPC", "EDQUOT", "EROFS"].includes(code);
  const status = isFull ? ExitStatus.output : ExitStatus.cannotRun;
  const message = `no record in ${folder} of how to undo a change (${code}), so nothing was changed`;
  return new IopathError(status, `${message}; to undo: ${describeUndo(undo)}`, {
    remedy: isFull ? "make room in /run, which must be writable" : "run as root",
    cause,
  });
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}

/** Records of dead owners, the last change of each first: that is the order to undo them in. */
export function orphanRecords(): string[] {
  removeAbandonedDrafts();
  const counted = recordNames()
    .filter(isOrphan)
    .map((name) => ({ name, ...readName(name)! }));
  counted.sort((a, b) => a.owner.localeCompare(b.owner) || b.count - a.count);
  return counted.map(({ name }) => join(folder, name));
}

/** Of processes that ended, or could not write, before a record was whole. */
function removeAbandonedDrafts(): void {
  for (const name of recordNames()) {
    if (name.startsWith(".") && isOrphan(name.slice(1))) removeIfAllowed(join(folder, name));
  }
}

/** None where root keeps its own to itself: another user could not undo them. */
function recordNames(): string[] {
  return namesIfThere(folder, ...notOurs);
}

/** @throws Error that says why this is no record */
export function readRecord(file: string): UndoRecord {
  const text = readFileSync(file, "utf8");
  if (text.trim() === "") throw new Error("it is empty");
  const value = parseJson(text);
  if (value === undefined) throw new Error("it is no whole JSON text");
  if (isRecord(value)) return value;
  throw new Error("it says of no change that this version knows");
}

function isRecord(value: unknown): value is UndoRecord {
  if (!isObject(value) || typeof value.namespace !== "string" || !isObject(value.undo)) {
    return false;
  }
  const { undo } = value;
  const areTexts = (...fields: string[]) =>
    fields.every((field) => typeof undo[field] === "string");
  switch (undo.kind) {
    case "setting":
      return areTexts("device", "name", "value");
    case "feature":
      return areTexts("device", "name") && typeof undo.on === "boolean";
    case "sysctl":
      return areTexts("path", "value");
    case "driver":
      return areTexts("address", "driver") && (undo.kept === undefined || isKept(undo.kept));
    case "command":
      return (undo.program === "ip" || undo.program === "tc") && isTexts(undo.args);
    default:
      return false;
  }
}

function isKept(value: unknown): value is KeptInterface {
  if (!isObject(value)) return false;
  const areLists = [value.sysctls, value.before, value.after].every(
    (list) => Array.isArray(list) && list.every(isTexts),
  );
  return typeof value.name === "string" && typeof value.isUp === "boolean" && areLists;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Takes a record out of the way; returns what became of it, in words. */
export function putAside(file: string, why: string): string {
  const name = basename(file);
  try {
    if (statSync(file).size === 0) {
      rmSync(file);
      return `removed undo record ${name}: ${why}`;
    }
    mkdirSync(asideFolder, { recursive: true });
    renameSync(file, join(asideFolder, name));
    return `put undo record ${name} aside in ${asideFolder}: ${why}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `undo record ${file} stays (${code}): ${why}`;
  }
}

export function describeUndo(undo: Undo): string {
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
