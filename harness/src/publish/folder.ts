/** A folder of a published run: whole or not there at all, and never in place of another run's. */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError, requireTrouble } from "@iopath/contract";
import { isOrphan, ownedName } from "@iopath/lab";
import { hasCode, isAbsence, notOurs } from "@iopath/native";
import { outputError } from "../errors/output-error.ts";
import { makeFolder } from "../files/files.ts";
import type { RunHead } from "../files/results-json.ts";

interface FolderOptions {
  /** Where published runs are. */
  readonly to: string;
  readonly run: RunHead;
  /** The machine's name; made from its processor when not given. */
  readonly host: string | undefined;
  /** What the name ends with, behind the machine. */
  readonly suffix?: string;
  /** Of which run a folder is; it throws where that can't be read. */
  runIdOf(folder: string): string;
  /** Writes all files. */
  fill(folder: string): Promise<void>;
}

/** @returns where it is */
export async function publishFolder(options: FolderOptions): Promise<string> {
  const { to, fill } = options;
  makeFolder(to);
  sweep(to);
  const target = targetOf(options);
  const temporary = join(to, `.${ownedName("publishing")}`);
  try {
    makeFolder(temporary);
    await fill(temporary);
    moveInto(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}

/** Remains of a process that was killed while publishing. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(".") && isOrphan(name.slice(1))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** `<date>-<host>`, and a number where that is another run's. */
function targetOf({ to, run, host, suffix = "", runIdOf }: FolderOptions): string {
  const { cpuModel, cpus } = run.environment;
  const name = `${run.startedAt.slice(0, 10)}-${slug(host ?? `${cpuModel} ${cpus} cpu`)}${suffix}`;
  for (let i = 1; ; i++) {
    const folder = join(to, i === 1 ? name : `${name}-${i}`);
    if (!existsSync(folder) || isOf(() => runIdOf(folder), run.runId)) return folder;
  }
}

/** @throws IopathError, exit status 3, where nothing of the text can stand in a folder's name */
function slug(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  if (name !== "") return name;
  throw new IopathError(ExitStatus.usage, `"${text}" is no name for a folder`, {
    remedy: "name the machine with letters and digits: --as my-server",
  });
}

function isOf(read: () => string, runId: string): boolean {
  try {
    return read() === runId;
  } catch (error) {
    // Of something else, or damaged: never written over.
    const { cause } = requireTrouble(error);
    const wasRead = !(cause instanceof Error && "code" in cause);
    if (wasRead || isAbsence(cause) || hasCode(cause, ...notOurs)) return false;
    throw error;
  }
}

function moveInto(from: string, target: string): void {
  const old = `${from}-replaced`;
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(from, target);
  } catch (cause) {
    if (!existsSync(target) && existsSync(old)) renameSync(old, target);
    throw outputError(target, cause);
  }
  rmSync(old, { recursive: true, force: true });
}
