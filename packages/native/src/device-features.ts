/** Offload features of a network device, by the names that `ethtool -k` shows; linux/ethtool.h (6.1). */
import { ExitStatus, IopathError } from "@iopath/contract";
import { call } from "./libc.ts";
import { type Memory, mapAnonymous } from "./memory.ts";
import { AF_INET, SOCK_DGRAM, Socket } from "./socket.ts";

/** linux/sockios.h */
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSSET_INFO = 0x37;
const ETHTOOL_GFEATURES = 0x3a;
const ETHTOOL_SFEATURES = 0x3b;
const ETH_SS_FEATURES = 4;
/** struct ifreq: name, pointer. */
const requestAt = 0;
const requestDataAt = 16;
/** Where the structure of the command lies in our page. */
const commandAt = 64;
const nameBytes = 32;
/** Four words a block of 32 features: available, requested, active, never changed. */
const activeWord = 2;

/**
 * Reads and sets features of one device of the namespace in which it was opened, from whichever
 * namespace the thread is in later.
 */
export class DeviceFeatures implements Disposable {
  readonly device: string;
  readonly #socket: Socket;
  readonly #memory: Memory;
  readonly #names: readonly string[];
  readonly #resources: DisposableStack;

  constructor(device: string) {
    using opening = new DisposableStack();
    this.device = device;
    this.#socket = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `socket to ask for ${device}`));
    this.#memory = opening.use(mapAnonymous(1 << 14));
    this.#memory.u8.set(new TextEncoder().encode(device).subarray(0, 15), requestAt);
    this.#memory.setUint64(requestDataAt, this.#memory.address + commandAt);
    this.#names = this.#readNames();
    this.#resources = opening.move();
  }

  isOn(feature: string): boolean {
    const index = this.#indexOf(feature);
    const blocks = Math.ceil(this.#names.length / 32);
    this.#command(ETHTOOL_GFEATURES, "features", [blocks]);
    const word = commandAt + 8 + (index >>> 5) * 16 + activeWord * 4;
    return ((this.#memory.view.getUint32(word, true) >>> (index & 31)) & 1) === 1;
  }

  set(feature: string, on: boolean): void {
    const index = this.#indexOf(feature);
    const blocks = Math.ceil(this.#names.length / 32);
    const mask = (1 << (index & 31)) >>> 0;
    const pairs = Array.from({ length: blocks }, (_, block) =>
      block === index >>> 5 ? [mask, on ? mask : 0] : [0, 0],
    );
    this.#command(ETHTOOL_SFEATURES, `${feature} ${on ? "on" : "off"}`, [blocks, ...pairs.flat()]);
    if (this.isOn(feature) === on) return;
    throw new IopathError(
      ExitStatus.cannotRun,
      `${this.device} does not take ${feature} ${on ? "on" : "off"}`,
      { remedy: `\`ethtool -k ${this.device}\` shows what is fixed` },
    );
  }

  #indexOf(feature: string): number {
    const index = this.#names.indexOf(feature);
    if (index >= 0) return index;
    throw new IopathError(ExitStatus.cannotRun, `this kernel knows no feature ${feature}`);
  }

  #readNames(): string[] {
    const { view, u8 } = this.#memory;
    this.#command(ETHTOOL_GSSET_INFO, "count of features", [0, 1 << ETH_SS_FEATURES, 0, 0]);
    const count = view.getUint32(commandAt + 16, true);
    this.#command(ETHTOOL_GSTRINGS, "names of features", [ETH_SS_FEATURES, count]);
    return Array.from({ length: count }, (_, i) => {
      const at = commandAt + 12 + i * nameBytes;
      const text = new TextDecoder().decode(u8.slice(at, at + nameBytes));
      return text.slice(0, text.indexOf("\0"));
    });
  }

  #command(command: number, what: string, words: readonly number[]): void {
    const { view, address } = this.#memory;
    for (const [i, word] of [command, ...words].entries()) {
      view.setUint32(commandAt + i * 4, word, true);
    }
    call("ioctl", `ethtool ${what} of ${this.device}`, this.#socket.fd, SIOCETHTOOL, address);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
