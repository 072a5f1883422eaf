/** Commands of linux/ethtool.h (6.1) by ioctl(2): what ethtool(8) asks a driver. */
import { call, SystemError } from "./libc.ts";
import { type Memory, mapAnonymous } from "./memory.ts";
import { AF_INET, SOCK_DGRAM, Socket } from "./socket.ts";

/** linux/sockios.h */
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
/** struct ethtool_drvinfo: the command, then the driver's name. */
const driverNameAt = 4;
const driverNameBytes = 32;
/** struct ifreq: name, pointer. */
const requestAt = 0;
const requestDataAt = 16;
/** Where the structure of the command lies in our pages. */
const commandAt = 64;
/** Every name of a feature fits. */
const pageBytes = 1 << 14;

/**
 * Asks about one device of the namespace in which it was opened, from whichever namespace the
 * thread is in later.
 */
export class Ethtool implements Disposable {
  readonly device: string;
  readonly #socket: Socket;
  readonly #memory: Memory;
  readonly #resources: DisposableStack;

  constructor(device: string) {
    using opening = new DisposableStack();
    this.device = device;
    this.#socket = opening.use(new Socket(AF_INET, SOCK_DGRAM, 0, `socket to ask for ${device}`));
    this.#memory = opening.use(mapAnonymous(pageBytes));
    this.#memory.u8.set(new TextEncoder().encode(device).subarray(0, 15), requestAt);
    this.#memory.setUint64(requestDataAt, this.#memory.address + commandAt);
    this.#resources = opening.move();
  }

  /**
   * @param words the command and what follows it in its structure, which the answer then is in
   * @throws SystemError, as the driver answers: `EOPNOTSUPP` where it knows no such command
   */
  command(what: string, words: readonly number[]): void {
    const { view, address } = this.#memory;
    for (const [i, word] of words.entries()) {
      view.setUint32(commandAt + i * 4, word, true);
    }
    call("ioctl", `ethtool ${what} of ${this.device}`, this.#socket.fd, SIOCETHTOOL, address);
  }

  /** Word `index` of the structure, as the answer has it. */
  word(index: number): number {
    return this.#memory.view.getUint32(commandAt + index * 4, true);
  }

  /** Bytes of the structure, copied. */
  bytes(at: number, length: number): Uint8Array {
    return this.#memory.u8.slice(commandAt + at, commandAt + at + length);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/**
 * The driver that a device of the calling thread's namespace has, or what kind it is of: "igb",
 * "veth". Undefined for one of neither, such as lo.
 */
export function driverOfDevice(device: string): string | undefined {
  using ethtool = new Ethtool(device);
  try {
    ethtool.command("driver", [ETHTOOL_GDRVINFO]);
  } catch (error) {
    if (error instanceof SystemError && error.code === "EOPNOTSUPP") return undefined;
    throw error;
  }
  const name = Buffer.from(ethtool.bytes(driverNameAt, driverNameBytes)).toString("latin1");
  return name.split("\0")[0];
}
