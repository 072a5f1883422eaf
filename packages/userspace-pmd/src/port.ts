/**
 * A DPDK port that is started: the functions and queues of its entry in the table `rte_eth_fp_ops`.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { fastPathBytes } from "./abi.ts";
import type { Eal } from "./eal.ts";
import { type BurstFunction, boundBurst, burstFunction, readUint64 } from "./libraries.ts";
import type { MbufList } from "./mbuf-list.ts";

/** A burst function for loops, of one queue and list: most frames, and how many it took. */
export type QueueBurst = (count: number) => number;

export class Port implements Disposable {
  readonly receiveBurst: BurstFunction;
  readonly transmitBurst: BurstFunction;
  readonly #receiveAt: number;
  readonly #transmitAt: number;
  readonly #receiveQueues: number;
  readonly #transmitQueues: number;
  readonly #resources = new DisposableStack();

  /**
   * @param number of a port that is started: before, the table holds functions that do nothing
   * @throws IopathError when somebody has put callbacks on its bursts
   */
  constructor({ dpdk }: Eal, number: number, name: string) {
    const entry = dpdk.fastPathAddress + number * fastPathBytes;
    const member = (at: number) => readUint64(entry + at);
    const { fastPath } = dpdk.layout;
    this.#receiveAt = member(fastPath.receive);
    this.#transmitAt = member(fastPath.transmit);
    this.receiveBurst = burstFunction(this.#receiveAt);
    this.transmitBurst = burstFunction(this.#transmitAt);
    this.#receiveQueues = member(fastPath.receiveQueues);
    this.#transmitQueues = member(fastPath.transmitQueues);
    for (const at of [fastPath.receiveCallbacks, fastPath.transmitCallbacks]) {
      if (readUint64(member(at)) === 0) continue;
      // DPDK's inline functions would call them; ours do not.
      throw new IopathError(ExitStatus.cannotRun, `${name} has burst callbacks installed`);
    }
  }

  receiveQueue(queue: number): number {
    return readUint64(this.#receiveQueues + 8 * queue);
  }

  transmitQueue(queue: number): number {
    return readUint64(this.#transmitQueues + 8 * queue);
  }

  /** For as long as this is not disposed. */
  receiver(queue: number, list: MbufList): QueueBurst {
    return this.#bind(this.#receiveAt, this.receiveQueue(queue), list);
  }

  transmitter(queue: number, list: MbufList): QueueBurst {
    return this.#bind(this.#transmitAt, this.transmitQueue(queue), list);
  }

  #bind(address: number, queue: number, list: MbufList): QueueBurst {
    return this.#resources.use(boundBurst(address, queue, list.address)).call;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function portNumber({ dpdk }: Eal, name: string): number | undefined {
  const found = [0];
  return dpdk.portByName(name, found) === 0 ? found[0]! : undefined;
}
