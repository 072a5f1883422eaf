/** Modules of the user's own that a config names: each exports a path, or a workload. */
import { addOwnPaths } from "../paths/all.ts";
import { importModule } from "../paths/own.ts";
import { addOwnWorkload } from "./known.ts";

/**
 * @param files by the names of what they export
 * @throws IopathError, exit status 4, for one that can't be loaded or whose name is taken
 */
export async function addOwnModules(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const { workload } = await importModule(name, file);
    if (workload === undefined) await addOwnPaths({ [name]: file });
    else await addOwnWorkload(name, file);
  }
}
