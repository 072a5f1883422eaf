/** Network namespaces, made and unmade through ip-netns(8). */
import { statSync } from "node:fs";
import { namesIfThere } from "@iopath/native";
import { atExit } from "./at-exit.ts";
import { CommandRefusal, ip } from "./command.ts";
import { isOrphan, ownedName } from "./owner.ts";

const namespaceFolder = "/run/netns";

/** A network namespace of this process; deleting it takes its interfaces with it. */
export class Namespace implements Disposable {
  readonly name: string;
  #made = true;
  readonly #atExit: Disposable;

  constructor(role: string) {
    this.name = ownedName(role);
    ip("netns", "add", this.name);
    this.#atExit = atExit(() => this[Symbol.dispose]());
  }

  /** `ip` on this namespace. */
  ip(...args: string[]): string {
    return ip("-n", this.name, ...args);
  }

  /** @throws IopathError when it is there and can't be deleted; the exit tries again */
  [Symbol.dispose](): void {
    if (!this.#made) return;
    deleteIfThere(this.name);
    this.#made = false;
    this.#atExit[Symbol.dispose]();
  }
}

/** One that another program has deleted is no error. */
function deleteIfThere(name: string): void {
  try {
    ip("netns", "delete", name);
  } catch (error) {
    const isThere = statSync(`${namespaceFolder}/${name}`, { throwIfNoEntry: false });
    if (isThere) throw error;
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
      } catch (error) {
        if (error instanceof CommandRefusal) return false;
        throw error;
      }
    });
}

/** All namespaces that ip-netns(8) knows, ours or not. @throws Error when they can't be listed */
export function namespaceNames(): string[] {
  return namesIfThere(namespaceFolder); // it is made with the first namespace
}
