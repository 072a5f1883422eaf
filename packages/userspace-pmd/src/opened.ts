/**
 * What is opened of a variant: two ports on one pool, and, where nobody else can, their testers.
 */
import { ExitStatus, IopathError, type OwnTesters, type PolledPath } from "@iopath/contract";
import type { Frames } from "@iopath/packet-language";
import type { Device } from "./device.ts";
import { framesOfMbufs } from "./mbuf-frames.ts";
import { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";
import type { PmdEgress, PmdIngress } from "./ports.ts";
import { pmdRoom, Received } from "./received.ts";

export interface OpenedPmd extends PolledPath {
  readonly pool: Pool;
}

interface PmdParts {
  readonly received: Received;
  readonly ingress: PmdIngress;
  readonly egress: PmdEgress;
  readonly testers?: OwnTesters;
  /** Pool, lists and devices, in the order in which they were made. */
  readonly resources: DisposableStack;
}

export class PmdPath implements OpenedPmd {
  readonly kind = "polled";
  readonly memory: Uint8Array;
  readonly pool: Pool;
  readonly ingress: PmdIngress;
  readonly egress: PmdEgress;
  readonly room = pmdRoom;
  readonly inPlace: Frames | undefined;
  readonly testers?: OwnTesters;
  readonly #resources: DisposableStack;

  constructor({ received, ingress, egress, testers, resources }: PmdParts) {
    const { pool, list } = received;
    this.pool = pool;
    this.inPlace = framesOfMbufs(list, pool);
    this.memory = pool.bytes;
    this.ingress = ingress;
    this.egress = egress;
    if (testers) this.testers = testers;
    this.#resources = resources;
  }

  counters() {
    const { received } = this.ingress;
    const { sent, unsent } = this.egress;
    return { received, sent, unsent };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** Room for the mbufs of a burst: of frames received, which mostly are those sent, and of drops. */
export interface Lists {
  readonly received: Received;
  readonly dropped: MbufList;
}

export function openLists(pool: Pool, resources: DisposableStack): Lists {
  const open = () => resources.use(new MbufList(listCapacity, pool.high));
  return { received: new Received(pool, open()), dropped: open() };
}

const listCapacity = 4096;

/** Takes and frees what still waits in a queue; a ring would keep it forever. */
export function drain(device: Device, queue: number, pool: Pool, list: MbufList): void {
  for (let i = 0; i < 1000; i++) {
    const count = device.receiveBurst(device.receiveQueue(queue), list.address, 256);
    if (count === 0) return;
    pool.release(list, 0, count);
  }
}

/**
 * The devices are gone by now, so every mbuf should be back, but those that a driver never gives
 * back.
 */
export function closePool(pool: Pool): void {
  const missing = pool.size - pool.available();
  pool[Symbol.dispose]();
  if (missing <= pool.forfeited) return;
  throw new IopathError(ExitStatus.cellFailed, `${missing} of ${pool.size} mbufs were lost`);
}
