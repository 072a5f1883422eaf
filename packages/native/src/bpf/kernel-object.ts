/** An object of the kernel that lives as long as its descriptor is open. */
import { closeSync } from "node:fs";

export abstract class KernelObject implements Disposable {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.fd);
  }
}
