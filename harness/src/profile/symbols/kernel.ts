/** Names of the kernel's functions, its modules' and BPF programs', from /proc/kallsyms. */
import { bpfObject, type Frame } from "../profile.ts";
import { lastAtOrBefore } from "./search.ts";

interface Symbol {
  readonly start: number;
  readonly type: string;
  readonly name: string;
  readonly object: string;
}

/** Above it lie modules and BPF programs (Documentation/arch/x86/x86_64/mm.rst). */
const modulesAt = 0xffff_c000_0000;
const classicName = "[classic BPF]";

/** An address of the kernel less what does not fit into a number: all begin with ffff. */
function kernelBits(hex: string): number {
  return Number.parseInt(hex.slice(-12), 16);
}

export function isKernelAddress(hex: string): boolean {
  return hex.length === 16 && hex.startsWith("ffff");
}

export class KernelSymbols {
  readonly #symbols: readonly Symbol[];

  /**
   * @param called addresses that calls lead to: classic BPF filters are not in /proc/kallsyms, and
   *   what is called there and has no name is one
   */
  constructor(kallsyms: string, called: Iterable<string>) {
    const named = parse(kallsyms);
    const starts = new Set(named.map(({ start }) => start));
    const last = named.findLast(({ object }) => object === "kernel")?.start ?? 0;
    const filters = [...called]
      .filter(isKernelAddress)
      .map(kernelBits)
      .filter((start) => start >= modulesAt && start > last && !starts.has(start));
    const unnamed = [...new Set(filters)].map((start) => {
      return { start, type: "t", name: classicName, object: bpfObject };
    });
    this.#symbols = [...named, ...unnamed].sort((a, b) => a.start - b.start);
  }

  nameOf(hex: string): Frame {
    const found = lastAtOrBefore(this.#symbols, kernelBits(hex));
    if (found) return { name: found.name, object: found.object };
    return { name: `[0x${hex}]`, object: "kernel" };
  }
}

function parse(kallsyms: string): Symbol[] {
  const symbols = [...kallsyms.matchAll(/^([0-9a-f]{16}) ([tTwW]) (\S+)(?:\t(\[\S+\]))?$/gm)]
    .map(([, address, type, name, object]) => ({
      start: kernelBits(address!),
      type: type!,
      name: name!.replace(/\.cold(\.\d+)?$/, ""),
      object: object ?? "kernel",
    }))
    // Of several names for one address the one that other files know ("T"), then the first.
    .sort((a, b) => a.start - b.start || Number(a.type > b.type) - Number(a.type < b.type));
  return symbols.filter((symbol, i) => symbols[i - 1]?.start !== symbol.start);
}
