/** One DPDK port: made by its driver's name and arguments, started, and taken down again. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { mapAnonymous } from "@iopath/native";
import { deviceConfiguration, deviceStatistics, flowKinds, receiveByHash } from "./abi.ts";
import type { Eal } from "./eal.ts";
import type { BurstFunction } from "./libraries.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";
import { Port, portNumber, type QueueBurst } from "./port.ts";

/** SOCKET_ID_ANY as an unsigned int. */
const anySocket = 0xffff_ffff;

export interface DeviceOptions {
  /** The driver, "net_ring"; a number is added, so that no two devices have one name. */
  readonly driver?: string;
  /** Its name, which begins with its driver's, in place of one with a number. */
  readonly name?: string;
  /** A PCI address in place of a driver. */
  readonly pci?: string;
  /** The driver's arguments: "iface=port0". */
  readonly arguments?: string;
  /** Where each receive queue takes its mbufs from, one queue or several. */
  readonly pool: Pool | readonly Pool[];
  /** Descriptors of each queue; the driver may change it. */
  readonly descriptors?: number;
  /** What to do when it can't be made. */
  readonly remedy?: string;
}

export class Device implements Disposable {
  readonly name: string;
  readonly port: number;
  readonly receiveBurst: BurstFunction;
  readonly transmitBurst: BurstFunction;
  readonly #eal: Eal;
  readonly #port: Port;
  readonly #bus: "vdev" | "pci";

  /** @throws IopathError with what DPDK said about it */
  constructor(eal: Eal, options: DeviceOptions) {
    this.#eal = eal;
    this.name = options.pci ?? options.name ?? eal.newName(options.driver ?? "net_null");
    this.#bus = options.pci === undefined ? "vdev" : "pci";
    const text = options.arguments ? `${this.name},${options.arguments}` : this.name;
    const { dpdk } = eal;
    // A PCI device is there since DPDK's start, unless it was removed since.
    if (portNumber(eal, this.name) === undefined) {
      eal.check(`make DPDK device ${text}`, () => dpdk.deviceProbe(text), options.remedy);
    }
    using undo = new DisposableStack();
    undo.defer(() => dpdk.deviceRemove(this.#bus, this.name));
    this.port = this.#findPort(text, options.remedy);
    undo.defer(() => dpdk.portClose(this.port));
    this.#configure(options);
    const what = `start DPDK device ${text}`;
    eal.check(what, () => dpdk.portStart(this.port), options.remedy);
    dpdk.portPromiscuous(this.port); // a driver without that takes all frames anyway
    this.#port = new Port(eal, this.port, this.name);
    this.receiveBurst = this.#port.receiveBurst;
    this.transmitBurst = this.#port.transmitBurst;
    undo.move();
  }

  /** A failed probe of a virtual device may still return 0; only the port's being there counts. */
  #findPort(text: string, remedy: string | undefined): number {
    const found = portNumber(this.#eal, this.name);
    if (found !== undefined) return found;
    const options = remedy === undefined ? {} : { remedy };
    const message = `DPDK device ${text} has no port: ${this.#eal.logSince(0)}`;
    throw new IopathError(ExitStatus.cannotRun, message, options);
  }

  #configure({ pool, descriptors = 1024, remedy }: DeviceOptions): void {
    const pools = Array.isArray(pool) ? (pool as readonly Pool[]) : [pool as Pool];
    const queues = pools.length;
    const { dpdk } = this.#eal;
    const { port, name } = this;
    const check = (what: string, call: () => number) =>
      this.#eal.check(`${what} ${name}`, call, remedy);
    check("configure", () => this.#configureQueues(queues));
    const receive = [descriptors];
    const transmit = [descriptors];
    check("size the rings of", () => dpdk.portAdjustDescriptors(port, receive, transmit));
    for (const [queue, { address }] of pools.entries()) {
      check(`set up receive queue ${queue} of`, () =>
        dpdk.receiveQueueSetup(port, queue, receive[0], anySocket, 0, address),
      );
      check(`set up transmit queue ${queue} of`, () =>
        dpdk.transmitQueueSetup(port, queue, transmit[0], anySocket, 0),
      );
    }
  }

  /** A card spreads frames over its queues by their flows, by as much of them as it can. */
  #configureQueues(queues: number): number {
    using configuration = mapAnonymous(deviceConfiguration.bytes);
    const { dpdk } = this.#eal;
    const configure = () =>
      dpdk.portConfigure(this.port, queues, queues, configuration.address) as number;
    if (queues === 1 || this.#bus === "vdev") return configure();
    const { view } = configuration;
    view.setUint32(deviceConfiguration.receiveMode, receiveByHash, true);
    const { udp, ipv4 } = flowKinds;
    let result = 0;
    for (const kinds of [udp | ipv4, udp, ipv4]) {
      view.setUint32(deviceConfiguration.hashedFlows, kinds, true);
      result = configure();
      if (result === 0) break;
    }
    return result;
  }

  receiveQueue(queue: number): number {
    return this.#port.receiveQueue(queue);
  }

  transmitQueue(queue: number): number {
    return this.#port.transmitQueue(queue);
  }

  receiver(queue: number, list: MbufList): QueueBurst {
    return this.#port.receiver(queue, list);
  }

  transmitter(queue: number, list: MbufList): QueueBurst {
    return this.#port.transmitter(queue, list);
  }

  /**
   * Whether the other end is there. struct rte_eth_link: u32 speed, then bits with status as bit 2.
   */
  isUp(): boolean {
    using link = mapAnonymous(64);
    if (this.#eal.dpdk.portLink(this.port, link.address) < 0) return false;
    return (link.u32[1]! & 0b100) !== 0;
  }

  /** Frames that the driver could not take for want of an mbuf. */
  framesWithoutMbuf(): number {
    using statistics = mapAnonymous(deviceStatistics.bytes);
    this.#eal.dpdk.portStatistics(this.port, statistics.address);
    return statistics.getUint64(deviceStatistics.noMbuf);
  }

  /**
   * A device whose other end has gone may be gone itself: what fails here has been done already.
   */
  [Symbol.dispose](): void {
    const { dpdk } = this.#eal;
    this.#port[Symbol.dispose]();
    dpdk.portStop(this.port);
    dpdk.portClose(this.port);
    dpdk.deviceRemove(this.#bus, this.name);
  }
}
