/** One DPDK port: made by its driver's name and arguments, started, and taken down again. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { mapAnonymous } from "@iopath/native";
import { deviceConfigurationBytes, deviceStatistics, fastPathBytes } from "./abi.ts";
import type { Eal } from "./eal.ts";
import { type BurstFunction, burstFunction, readUint64 } from "./libraries.ts";
import type { Pool } from "./pool.ts";

/** SOCKET_ID_ANY as an unsigned int. */
const anySocket = 0xffff_ffff;

export interface DeviceOptions {
  /** The driver, "net_ring"; a number is added, so that no two devices have one name. */
  readonly driver?: string;
  /** A PCI address in place of a driver. */
  readonly pci?: string;
  /** What the driver is told: "iface=port0". */
  readonly arguments?: string;
  readonly pool: Pool;
  readonly queues?: number;
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
  readonly #fastPath: number;
  readonly #bus: "vdev" | "pci";

  /** @throws IopathError with what DPDK said about it */
  constructor(eal: Eal, options: DeviceOptions) {
    this.#eal = eal;
    this.name = options.pci ?? eal.newName(options.driver ?? "net_null");
    this.#bus = options.pci === undefined ? "vdev" : "pci";
    const text = options.arguments ? `${this.name},${options.arguments}` : this.name;
    const { dpdk } = eal;
    // A PCI device is there since DPDK's start, unless it was removed since.
    if (dpdk.portByName(this.name, [0]) !== 0) {
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
    // Before the start, the table holds functions that do nothing.
    this.#fastPath = dpdk.fastPathAddress + this.port * fastPathBytes;
    const { receive, transmit } = dpdk.layout.fastPath;
    this.receiveBurst = burstFunction(readUint64(this.#fastPath + receive));
    this.transmitBurst = burstFunction(readUint64(this.#fastPath + transmit));
    this.#refuseCallbacks();
    undo.move();
  }

  /** A failed probe of a virtual device may still return 0; only the port's being there counts. */
  #findPort(text: string, remedy: string | undefined): number {
    const found = [0];
    if (this.#eal.dpdk.portByName(this.name, found) === 0) return found[0]!;
    const options = remedy === undefined ? {} : { remedy };
    const message = `DPDK device ${text} has no port: ${this.#eal.logSince(0)}`;
    throw new IopathError(ExitStatus.cannotRun, message, options);
  }

  #configure({ pool, queues = 1, descriptors = 1024 }: DeviceOptions): void {
    const { dpdk } = this.#eal;
    const { port, name } = this;
    const check = (what: string, call: () => number) => this.#eal.check(`${what} ${name}`, call);
    using defaults = mapAnonymous(deviceConfigurationBytes);
    check("configure", () => dpdk.portConfigure(port, queues, queues, defaults.address));
    const receive = [descriptors];
    const transmit = [descriptors];
    check("size the rings of", () => dpdk.portAdjustDescriptors(port, receive, transmit));
    for (let queue = 0; queue < queues; queue++) {
      check(`set up receive queue ${queue} of`, () =>
        dpdk.receiveQueueSetup(port, queue, receive[0], anySocket, 0, pool.address),
      );
      check(`set up transmit queue ${queue} of`, () =>
        dpdk.transmitQueueSetup(port, queue, transmit[0], anySocket, 0),
      );
    }
  }

  /** DPDK's inline functions would call them; ours do not. */
  #refuseCallbacks(): void {
    const { receiveCallbacks, transmitCallbacks } = this.#eal.dpdk.layout.fastPath;
    for (const member of [receiveCallbacks, transmitCallbacks]) {
      if (readUint64(readUint64(this.#fastPath + member)) === 0) continue;
      throw new IopathError(ExitStatus.cannotRun, `${this.name} has burst callbacks installed`);
    }
  }

  receiveQueue(queue: number): number {
    const { receiveQueues } = this.#eal.dpdk.layout.fastPath;
    return readUint64(readUint64(this.#fastPath + receiveQueues) + 8 * queue);
  }

  transmitQueue(queue: number): number {
    const { transmitQueues } = this.#eal.dpdk.layout.fastPath;
    return readUint64(readUint64(this.#fastPath + transmitQueues) + 8 * queue);
  }

  /** Whether the other end is there. struct rte_eth_link: u32 speed, then bits with status as bit 2. */
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

  /** A device whose other end has gone may be gone itself: what fails here has been done already. */
  [Symbol.dispose](): void {
    const { dpdk } = this.#eal;
    dpdk.portStop(this.port);
    dpdk.portClose(this.port);
    dpdk.deviceRemove(this.#bus, this.name);
  }
}
