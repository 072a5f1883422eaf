/**
 * What a driver in user space may change on a kernel interface and not put back: DPDK's drivers set
 * the MAC again, on which the kernel forgets the neighbours behind it, and leave it promiscuous.
 */
import { ip } from "./command.ts";

interface Neighbour {
  readonly dst: string;
  readonly lladdr: string;
  /** Where all were asked for. */
  readonly dev?: string;
}

/**
 * The permanent neighbours behind an interface of the calling thread's namespace, or behind all of
 * them: then each names its own.
 */
export function permanentNeighbours(device?: string): Neighbour[] {
  const of = device === undefined ? [] : ["dev", device];
  return JSON.parse(ip("-json", "neighbour", "show", ...of, "nud", "permanent") || "[]");
}

function isPromiscuous(device: string): boolean {
  const [link] = JSON.parse(ip("-json", "link", "show", "dev", device)) as { flags: string[] }[];
  return link!.flags.includes("PROMISC");
}

/** Remembers an interface when made, and puts it back when disposed of, in the same namespace. */
export class KeptPort implements Disposable {
  readonly #device: string;
  readonly #neighbours: readonly Neighbour[];
  readonly #promiscuous: boolean;

  constructor(device: string) {
    this.#device = device;
    this.#neighbours = permanentNeighbours(device);
    this.#promiscuous = isPromiscuous(device);
  }

  [Symbol.dispose](): void {
    const device = this.#device;
    if (!this.#promiscuous) ip("link", "set", "dev", device, "promisc", "off");
    for (const { dst, lladdr } of this.#neighbours) {
      ip("neighbour", "replace", dst, "lladdr", lladdr, "dev", device, "nud", "permanent");
    }
  }
}
