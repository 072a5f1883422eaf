/** Network namespaces, made and unmade through ip-netns(8). */
import { readdirSync } from "node:fs";
import { ip } from "./command.ts";
import { isOrphan, ownedName } from "./owner.ts";

const namespaceFolder = "/run/netns";

/** A network namespace of this process; deleting it takes its interfaces with it. */
export class Namespace implements Disposable {
  readonly name: string;
  #made = true;
  readonly #unmakeAtExit = () => this[Symbol.dispose]();

  constructor(role: string) {
    this.name = ownedName(role);
    ip("netns", "add", this.name);
    process.on("exit", this.#unmakeAtExit);
  }

  /** `ip` on this namespace. */
  ip(...args: string[]): string {
    return ip("-n", this.name, ...args);
  }

  [Symbol.dispose](): void {
    if (!this.#made) return;
    this.#made = false;
    process.off("exit", this.#unmakeAtExit);
    // One that somebody deleted meanwhile is as it should be.
    if (namespaceNames().includes(this.name)) ip("netns", "delete", this.name);
  }
}

/**
 * Deletes the namespaces of dead owners, and returns their names. One that can't be deleted stays:
 * it may be another user's, or another start may be deleting it.
 */
export function deleteOrphanNamespaces(): string[] {
  return namespaceNames()
    .filter(isOrphan)
    .filter((name) => {
      try {
        ip("netns", "delete", name);
        return true;
      } catch {
        return false;
      }
    });
}

/** All namespaces that ip-netns(8) knows, ours or not. */
export function namespaceNames(): string[] {
  try {
    return readdirSync(namespaceFolder);
  } catch {
    return []; // the folder is made with the first namespace
  }
}
