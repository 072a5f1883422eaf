/** A completion queue as words, polled in one call. Errors in it are reported to its device. */
import { withOwnCode } from "@iopath/contract";
import { mapAnonymous } from "@iopath/native";
import { completionStatuses, ibvWc } from "./abi.ts";
import type { VerbsDevice } from "./device.ts";
import type { PollCq } from "./libibverbs.ts";
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
  /** Takes up to so many completions into `words`; returns how many there were. */
  readonly poll: (most: number) => number;
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
    this.#device = pair.device;
    this.poll = withOwnCode(makePoll)({
      pollCq: pair.device.pollCq,
      cq: end === "send" ? pair.sendCq : pair.receiveCq,
      into: memory.address,
      failed: () => {
        this.#device.trouble ??= `polling the ${this.#whose} failed`;
      },
    });
    this.#whose = `${end} queue of ${pair.transport} queue pair ${pair.number} on ${pair.device.name}`;
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

interface PollParts {
  readonly pollCq: PollCq;
  readonly cq: number;
  readonly into: number;
  readonly failed: () => void;
}

function makePoll({ pollCq, cq, into, failed }: PollParts): (most: number) => number {
  return function poll(most) {
    const count = pollCq(cq, most, into);
    if (count >= 0) return count;
    failed();
    return 0;
  };
}
