/**
 * The kernel's part of call stacks as an unwinder has them: the function that runs, then the one
 * that each return address lies in, up to the system call or the interrupt. Of what the profiler
 * wrote, and of what perf sampled.
 */
import type { RawStacks } from "../../harness/src/profile/raw-stacks.ts";
import { isKernelAddress, KernelSymbols } from "../../harness/src/profile/symbols/kernel.ts";

/** "do_poll < do_sys_poll < ... < entry_SYSCALL_64_after_hwframe" */
export type Chain = string;
const caller = " < ";

const interrupted = "[interrupt]";
const otherTask = "[another task]";
/** Where an interrupt or an exception enters the kernel: what it came upon lies below. */
const interruptEntry = /^asm_(sysvec|common_interrupt|exc|spurious|load_gs)/;

/** Names by one table for both sides: what is compared is who called whom. */
export function newNamesOfKernel(kallsyms: string, { nodes }: RawStacks): (hex: string) => string {
  const called = [...nodes.values()].map(({ target }) => target);
  const symbols = new KernelSymbols(kallsyms, called);
  return (hex) => symbols.nameOf(hex).name;
}

/** Every chain that executed an instruction in the kernel, with their number. */
export function countedChains(raw: RawStacks, nameOf: (hex: string) => string): Map<Chain, number> {
  const chains = new Map<Chain, number>();
  for (const { node, block, count } of raw.cells) {
    if (!isKernelAddress(block)) continue;
    const chain = formatChain([nameOf(block), ...callersOf(raw, node, nameOf)]);
    chains.set(chain, (chains.get(chain) ?? 0) + count);
  }
  return chains;
}

function callersOf({ nodes }: RawStacks, from: number, nameOf: (hex: string) => string): string[] {
  const callers: string[] = [];
  for (let id = from; id !== 0; ) {
    const { kind, parent, site } = nodes.get(id)!;
    if (kind === "interrupt") return [...callers, interrupted];
    if (kind === "task") return [...callers, otherTask];
    if (kind === "system call" || !isKernelAddress(site)) return callers;
    callers.push(nameOf(site));
    id = parent;
  }
  return callers;
}

/**
 * Chains of `perf script -F ip,sym`: an address a line, the innermost first, and an empty line
 * behind each stack.
 */
export function sampledChains(script: string, nameOf: (hex: string) => string): Map<Chain, number> {
  const chains = new Map<Chain, number>();
  for (const sample of script.split(/\n\s*\n/)) {
    const addresses = [...sample.matchAll(/^\s*([0-9a-f]{16})\b/gm)].map(([, hex]) => hex!);
    const kernel = addresses.filter(isKernelAddress);
    if (kernel.length === 0) continue;
    // A return address may lie behind the end of a function whose last instruction is the call.
    const names = kernel.map((hex, i) => nameOf(i === 0 ? hex : beforeOf(hex)));
    const entry = names.findIndex((name) => interruptEntry.test(name));
    const shown = entry < 0 ? names : [...names.slice(0, entry + 1), interrupted];
    const chain = formatChain(shown);
    chains.set(chain, (chains.get(chain) ?? 0) + 1);
  }
  return chains;
}

/** Programs that the kernel compiled have no ORC tables: an unwinder may get no further. */
const untabled = /^(bpf_prog_|bpf_dispatcher_|\[classic BPF\])/;

/** Whether a sampled chain was counted; of one that ends in BPF, whether one that was begins so. */
export function isAmong(chain: Chain, counted: ReadonlyMap<Chain, number>): boolean {
  if (counted.has(chain)) return true;
  return isCut(chain) && counted.keys().some((other) => other.startsWith(`${chain}${caller}`));
}

export function isCut(chain: Chain): boolean {
  return untabled.test(chain.split(caller).at(-1)!);
}

function beforeOf(hex: string): string {
  return (BigInt(`0x${hex}`) - 1n).toString(16);
}

function formatChain(names: readonly string[]): Chain {
  return names.join(caller);
}
