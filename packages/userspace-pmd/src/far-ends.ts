/**
 * The far ends of a variant's ports, for a tester in a process of its own: it sends into one device
 * and receives from another one.
 */
import { type Batch, type FarEnds, withOwnCode } from "@iopath/contract";
import { frameAt, mbuf } from "./abi.ts";
import { Device } from "./device.ts";
import { type Eal, startEal } from "./eal.ts";
import { MbufList } from "./mbuf-list.ts";
import { letConnectionsGo, makeMemifFarEnds } from "./memif.ts";
import { closePool, drain } from "./opened.ts";
import { Pool } from "./pool.ts";
import type { QueueBurst } from "./port.ts";
import { PmdIngress } from "./ports.ts";
import { Received } from "./received.ts";
import { selfTest } from "./self-test.ts";

/** Several bursts, and few enough to stay in the CPU's cache. */
const mbufs = 1023;

/**
 * Of memif, whose driver copies what it sends.
 *
 * @throws IopathError when the forwarder does not come within half a minute
 */
export function openMemifFarEnds(meetingAt: string, burst: number): FarEnds {
  using opening = new DisposableStack();
  const eal = startEal("ordinary");
  selfTest(eal);
  const pool = Pool.create(eal, mbufs);
  opening.defer(() => closePool(pool));
  const make = (driver: string, text: string) =>
    opening.use(new Device(eal, { driver, pool, arguments: text }));
  const { into, outOf } = makeMemifFarEnds(make, meetingAt, opening);
  opening.defer(letConnectionsGo);
  return new PmdFarEnds(eal, { pool, into, outOf, burst }, opening);
}

interface FarEndParts {
  readonly pool: Pool;
  /** A device that has copied what it sent when its burst function returns. */
  readonly into: Device;
  readonly outOf: Device;
  readonly burst: number;
}

class PmdFarEnds implements FarEnds {
  readonly memory: Uint8Array;
  readonly outgoing: Uint32Array;
  readonly send: FarEnds["send"];
  readonly receive: FarEnds["receive"];
  readonly release: FarEnds["release"];
  readonly #pool: Pool;
  readonly #sent: MbufList;
  /** Where each mbuf that is sent counts its references, in halves of 32 bits. */
  readonly #references: Uint32Array;
  readonly #burst: number;
  readonly #resources: DisposableStack;

  /** @param opening all that was opened so far, which is this one's from now on */
  constructor(eal: Eal, { pool, into, outOf, burst }: FarEndParts, opening: DisposableStack) {
    const received = new Received(pool, opening.use(new MbufList(burst, pool.high)));
    const sent = opening.use(new MbufList(burst, pool.high));
    if (!pool.take(sent, 0, burst)) throw new RangeError(`a burst of ${burst} is no tester's`);
    this.#pool = pool;
    this.#sent = sent;
    this.#burst = burst;
    this.memory = pool.bytes;
    this.outgoing = Uint32Array.from({ length: burst }, (_, i) => pool.frameOffset(sent, i));
    this.#references = this.outgoing.map((at) => (at - frameAt + mbuf.references) >>> 1);
    this.send = withOwnCode(makeSend)(pool.halves, this.#references, into.transmitter(0, sent));
    const ingress = new PmdIngress(outOf, 0, received);
    this.receive = (batch: Batch) => ingress.receive(batch);
    const { address } = received.list;
    const { freeBulk } = eal.dpdk;
    this.release = (count) => freeBulk(address, count);
    opening.defer(() => drain(outOf, 0, pool, received.list));
    this.#resources = opening.move();
  }

  setLength(bytes: number): void {
    for (let i = 0; i < this.#burst; i++) this.#pool.setLength(this.#sent, i, bytes);
  }

  [Symbol.dispose](): void {
    const { halves } = this.#pool;
    for (const at of this.#references) halves[at] = 1;
    this.#pool.release(this.#sent, 0, this.#burst);
    this.#resources.dispose();
  }
}

/**
 * A driver frees what it has sent, which takes one of two references: so the mbufs stay ours, and
 * no burst goes through the pool.
 */
function makeSend(
  halves: Uint16Array,
  references: Uint32Array,
  burst: QueueBurst,
): FarEnds["send"] {
  return function send(count) {
    for (let i = 0; i < count; i++) halves[references[i]!] = 2;
    return burst(count);
  };
}
