/**
 * Whether there is something to read on standard input, or its end: poll(2). Asked in the middle of
 * a loop over frames, it leaves no garbage and costs one system call.
 */
import { mapAnonymous, raw } from "@iopath/native";

/** struct pollfd: the descriptor, what is asked for and what was found, 16 bits each. */
const eventsAt = 4;
const POLLIN = 1;
const pollfdBytes = 8;
const standardInput = 0;
const forever = -1;

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

  /** Sleeps until there is; the event loop stands still meanwhile. */
  wait(): void {
    while (raw.poll(this.#address, 1, forever) <= 0); // a signal ends a call early
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
