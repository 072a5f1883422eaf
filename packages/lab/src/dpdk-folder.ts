/**
 * The runtime folders that DPDK makes for every process that starts it, under the process's file
 * prefix. With nothing shared between processes they stay empty, and DPDK never removes them.
 */
import { join } from "node:path";
import { namesIfThere, notOurs } from "@iopath/native";
import { isOrphan } from "./owner.ts";
import { removeIfEmpty } from "./remove.ts";

/** As earlier versions named them: by the process's number alone. */
const earlierName = /^iopath-\d+$/;

/** eal_create_runtime_dir() of DPDK 22.11: the first of these that is there to be used. */
function runtimeFolders(): string[] {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = process.env;
  const parents = [RUNTIME_DIRECTORY, "/var/run", XDG_RUNTIME_DIR, "/tmp"];
  return parents.filter((parent) => !!parent).map((parent) => join(parent!, "dpdk"));
}

/** Removes the folder of a prefix if it is empty, as it is once DPDK has started. */
export function removeDpdkFolder(prefix: string): void {
  for (const folder of runtimeFolders()) removeIfEmpty(join(folder, prefix));
}

/** Removes the empty folders of processes that are gone; how many there were. */
export function removeOrphanDpdkFolders(): number {
  const orphans = runtimeFolders().flatMap((folder) =>
    namesIfThere(folder, ...notOurs)
      // No process needs an empty one: a number that means another process does no harm.
      .filter((name) => earlierName.test(name) || isOrphan(name))
      .map((name) => join(folder, name)),
  );
  return orphans.filter(removeIfEmpty).length;
}
