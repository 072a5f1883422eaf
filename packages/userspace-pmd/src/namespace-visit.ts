/**
 * Devices are opened in the forwarder's network namespace and disposed wherever the caller is then.
 * A driver that takes its XDP program off an interface index would meet another interface there, so
 * the way back into the namespace is kept open.
 */
import { closeSync, openSync } from "node:fs";
import { call, currentNamespace } from "@iopath/native";

const CLONE_NEWNET = 0x4000_0000;
const ownNamespace = "/proc/thread-self/ns/net";

export class NamespaceVisit implements Disposable {
  readonly #name = currentNamespace();
  readonly #fd = openSync(ownNamespace, "r");
  #home: number | undefined;

  /** Goes to the namespace of the constructor's caller, until disposed. */
  enter(): void {
    if (currentNamespace() === this.#name) return;
    this.#home = openSync(ownNamespace, "r");
    call("setns", "enter the namespace of the ports", this.#fd, CLONE_NEWNET);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
    if (this.#home === undefined) return;
    call("setns", "return to the first network namespace", this.#home, CLONE_NEWNET);
    closeSync(this.#home);
    this.#home = undefined;
  }
}
