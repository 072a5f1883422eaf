/** `iopath clean`: removes what killed runs left behind. */
import { deleteOrphanNamespaces, undoOrphans } from "@iopath/lab";
import { removeOrphanWorkTrees } from "../../gate/paired/work-tree.ts";

export function performClean(): number {
  const trees = removeOrphanWorkTrees().map((folder) => `removed work tree ${folder}`);
  const namespaces = deleteOrphanNamespaces().map((name) => `removed network namespace ${name}`);
  const removed = [...undoOrphans(), ...namespaces, ...trees];
  for (const what of removed) process.stdout.write(`${what}\n`);
  process.stdout.write(removed.length > 0 ? "" : "nothing was left behind\n");
  return 0;
}
