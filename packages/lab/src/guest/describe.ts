/**
 * What a guest is, in words that are the same on every machine: what figures taken in it depend on.
 */
import { execFileSync } from "node:child_process";
import { bestAccelerator } from "./accelerator.ts";
import type { GuestMachine } from "./machine.ts";
import { findGuestPackages } from "./packages.ts";
import { type Clock, commandLine, type IommuMode } from "./qemu.ts";
import { throughLoader } from "./toolchain.ts";

export interface GuestDescription {
  /** "6.1.0-50-amd64" */
  readonly kernel: string;
  /** Beginning of the hash of its configuration; empty where it is not known. */
  readonly kernelConfig: string;
  /** "10.0.8" */
  readonly qemu: string;
  /**
   * QEMU's words and the kernel's, less files and sockets, which differ from machine to machine.
   */
  readonly command: string;
  /** The processor that the guest sees, where QEMU plays it: no instruction is the host's own. */
  readonly processor: string | undefined;
}

/** Options of QEMU that name files. */
const fileOptions = ["-L", "-kernel", "-initrd", "-serial", "-pidfile", "-chardev", "-virtfs"];
const program = "qemu-system-x86_64";
const versionLimitMs = 20_000;

interface Chosen {
  /** See kernels/kernel-name.ts. */
  readonly kernel?: string;
  readonly iommu?: IommuMode;
}

/**
 * @throws IopathError when its packages are not there
 */
export async function describeGuest(
  machine: GuestMachine,
  clock: Clock,
  { kernel, iommu }: Chosen = {},
): Promise<GuestDescription> {
  const packages = findGuestPackages(machine, kernel);
  const accelerator = await bestAccelerator(packages, clock);
  const { memoryMiB, platform, devices } = machine;
  const line = commandLine(
    packages,
    { clock, accelerator, memoryMiB, platform, devices, ...(iommu ? { iommu } : {}) },
    "/guest",
  );
  const words = line.slice(line.findIndex((word) => word.endsWith(program)) + 1);
  const kept = words.filter((word, i) => ![word, words[i - 1]!].some(isFileOption));
  const qemu = versionOf(packages.qemu);
  const model = words[words.indexOf("-cpu") + 1];
  return {
    kernel: packages.kernelVersion,
    kernelConfig: packages.kernelConfig,
    qemu,
    command: [program, ...kept].join(" "),
    processor: accelerator === "tcg" ? `QEMU TCG ${model}` : undefined,
  };
}

function isFileOption(word: string): boolean {
  return fileOptions.includes(word);
}

function versionOf(tree: string): string {
  const [loader, ...args] = throughLoader(tree, `usr/bin/${program}`);
  const text = execFileSync(loader!, [...args, "--version"], {
    encoding: "utf8",
    timeout: versionLimitMs,
  });
  return /version (\S+)/.exec(text)?.[1] ?? "unknown";
}
