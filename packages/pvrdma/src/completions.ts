/** A completion queue as words, polled in one call. What goes wrong in it is told to its device. */
import { mapAnonymous } from "@iopath/native";
import { completionStatuses, ibvWc } from "./abi.ts";
import type { VerbsDevice } from "./device.ts";
import type { QueuePair } from "./queue-pair.ts";

const wcWords = ibvWc.bytes >> 2;
/** Word indices within a completion. */
export const completion = {
  words: wcWords,
  id: ibvWc.id >> 2,
  status: ibvWc.status >> 2,
  opcode: ibvWc.opcode >> 2,
  byteLength: ibvWc.byteLength >> 2,
  immediate: ibvWc.immediate >> 2,
} as const;

export class Completions {
  readonly words: Int32Array;
  readonly capacity: number;
  readonly #address: number;
  readonly #pollCq: (cq: number, most: number, into: number) => number;
  readonly #cq: number;
  readonly #device: VerbsDevice;
  readonly #whose: string;

  /** @param end which of the pair's two queues */
  constructor(
    pair: QueuePair,
    end: "send" | "receive",
    capacity: number,
    resources: DisposableStack,
  ) {
    const memory = resources.use(mapAnonymous(capacity * ibvWc.bytes));
    this.words = memory.i32;
    this.capacity = capacity;
    this.#address = memory.address;
    this.#pollCq = pair.device.pollCq;
    this.#device = pair.device;
    this.#cq = end === "send" ? pair.sendCq : pair.receiveCq;
    this.#whose = `${end} queue of ${pair.transport} queue pair ${pair.number} on ${pair.device.name}`;
  }

  /** Takes up to `most` completions into `words`; returns how many there were. */
  poll(most: number): number {
    const count = this.#pollCq(this.#cq, most, this.#address);
    if (count >= 0) return count;
    this.#device.trouble ??= `polling the ${this.#whose} failed`;
    return 0;
  }

  /** Called for a completion whose status is an error; a device remembers its first one. */
  report(index: number): void {
    if (this.#device.trouble !== undefined) return;
    const at = index * wcWords;
    const status = this.words[at + completion.status]!;
    const name = completionStatuses[status] ?? `status ${status}`;
    const vendor = this.words[at + (ibvWc.vendorError >> 2)]!;
    const request = this.words[at + completion.id]! >>> 0;
    this.#device.trouble = `${name} (vendor error ${vendor}) for work request ${request} in the ${this.#whose}`;
  }
}
