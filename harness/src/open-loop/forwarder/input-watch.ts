/**
 * Whether there is something to read on standard input, or its end: poll(2) without waiting. Asked
 * in the middle of a loop over frames, it leaves no garbage and costs one system call.
 */
import { mapAnonymous, raw } from "@iopath/native";

/** struct pollfd: the descriptor, what is asked for and what was found, 16 bits each. */
const eventsAt = 4;
const POLLIN = 1;
const pollfdBytes = 8;
const standardInput = 0;

export class InputWatch implements Disposable {
  readonly #memory = mapAnonymous(pollfdBytes);
  readonly #address = this.#memory.address;

  constructor() {
    this.#memory.view.setInt32(0, standardInput, true);
    this.#memory.view.setInt16(eventsAt, POLLIN, true);
  }

  /** True also at the end: a read says so. */
  isReadable(): boolean {
    return raw.poll(this.#address, 1, 0) > 0;
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
