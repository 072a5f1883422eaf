/**
 * Offload features of a network device, by the names that `ethtool -k` shows; linux/ethtool.h
 * (6.1).
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { Ethtool } from "./ethtool.ts";

const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSSET_INFO = 0x37;
const ETHTOOL_GFEATURES = 0x3a;
const ETHTOOL_SFEATURES = 0x3b;
const ETH_SS_FEATURES = 4;
const nameBytes = 32;
/** Before the names lie the command, the set and their count. */
const namesAt = 12;
/** Before the blocks lie the command and their count. */
const blocksAt = 2;
/** Four words a block of 32 features: available, requested, active, never changed. */
const blockWords = 4;
const activeWord = 2;

/**
 * Reads and sets features of one device of the namespace in which it was opened, as `Ethtool` does.
 */
export class DeviceFeatures implements Disposable {
  readonly device: string;
  readonly #ethtool: Ethtool;
  readonly #names: readonly string[];
  readonly #resources: DisposableStack;

  constructor(device: string) {
    using opening = new DisposableStack();
    this.device = device;
    this.#ethtool = opening.use(new Ethtool(device));
    this.#names = this.#readNames();
    this.#resources = opening.move();
  }

  /** Whether this kernel has a feature of this name. */
  knows(feature: string): boolean {
    return this.#names.includes(feature);
  }

  isOn(feature: string): boolean {
    const index = this.#indexOf(feature);
    const blocks = Math.ceil(this.#names.length / 32);
    this.#ethtool.command("features", [ETHTOOL_GFEATURES, blocks]);
    const active = this.#ethtool.word(blocksAt + (index >>> 5) * blockWords + activeWord);
    return ((active >>> (index & 31)) & 1) === 1;
  }

  set(feature: string, on: boolean): void {
    const index = this.#indexOf(feature);
    const blocks = Math.ceil(this.#names.length / 32);
    const mask = (1 << (index & 31)) >>> 0;
    const pairs = Array.from({ length: blocks }, (_, block) =>
      block === index >>> 5 ? [mask, on ? mask : 0] : [0, 0],
    );
    const what = `${feature} ${on ? "on" : "off"}`;
    this.#ethtool.command(what, [ETHTOOL_SFEATURES, blocks, ...pairs.flat()]);
    if (this.isOn(feature) === on) return;
    throw new IopathError(ExitStatus.cannotRun, `${this.device} does not take ${what}`, {
      remedy: `\`ethtool -k ${this.device}\` shows what is fixed`,
    });
  }

  #indexOf(feature: string): number {
    const index = this.#names.indexOf(feature);
    if (index >= 0) return index;
    throw new IopathError(ExitStatus.cannotRun, `this kernel knows no feature ${feature}`);
  }

  #readNames(): string[] {
    const ethtool = this.#ethtool;
    ethtool.command("count of features", [ETHTOOL_GSSET_INFO, 0, 1 << ETH_SS_FEATURES, 0, 0]);
    const count = ethtool.word(4);
    ethtool.command("names of features", [ETHTOOL_GSTRINGS, ETH_SS_FEATURES, count]);
    return Array.from({ length: count }, (_, i) => {
      const text = new TextDecoder().decode(ethtool.bytes(namesAt + i * nameBytes, nameBytes));
      return text.slice(0, text.indexOf("\0"));
    });
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
