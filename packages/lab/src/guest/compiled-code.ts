/**
 * What Node compiled in a guest, kept for the next one. Stripping and compiling the files of a
 * program takes an emulated processor half a minute. Kept only where the variable names a folder,
 * as it does for tests: what a guest had compiled before moves a count by tenths of a percent.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ifThere } from "@iopath/native";

/** On the host: names the folder. */
const keptVariable = "IOPATH_GUEST_CODE";
/** In a guest: names the folder for trials too, which have one of their own elsewhere. */
const trialVariable = "IOPATH_COMPILE_CACHE";
const nameInShare = "compiled";
const folderInGuest = `/run/iopath/${nameInShare}`;
/** Of a whole entry; one that Node or we are writing has more behind a dot. */
const entry = /^[0-9a-f]+$/;
/** Gone under this name when it is whole. */
const part = /\.part\d+$/;

/** For the jobs of a guest; nothing where nothing is kept. */
export function compiledCodeEnvironment(): Readonly<Record<string, string>> {
  if (!process.env[keptVariable]) return {};
  return { NODE_COMPILE_CACHE: folderInGuest, [trialVariable]: folderInGuest };
}

/** Puts what is kept into a guest's share, before it boots. */
export function bringCompiledCode(share: string): void {
  const kept = process.env[keptVariable];
  if (!kept) return;
  mkdirSync(kept, { recursive: true });
  cpSync(kept, join(share, nameInShare), {
    ...{ recursive: true, preserveTimestamps: true },
    filter: (file) => !part.test(file),
  });
}

/** Takes what is new in a guest's share. Guests that end at the same time both succeed. */
export function keepCompiledCode(share: string): void {
  const kept = process.env[keptVariable];
  if (!kept) return;
  const made = join(share, nameInShare);
  for (const name of readdirSync(made, { recursive: true, encoding: "utf8" })) {
    const [from, to] = [join(made, name), join(kept, name)];
    const file = statSync(from);
    if (!file.isFile() || !entry.test(name.split("/").at(-1)!)) continue;
    const mtimeMs = ifThere(() => statSync(to).mtimeMs) ?? 0;
    if (file.mtimeMs <= mtimeMs) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, `${to}.part${process.pid}`);
    renameSync(`${to}.part${process.pid}`, to);
  }
}
