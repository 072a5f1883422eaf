/**
 * What a guest can be beyond this machine's own files: devices, the QEMU that has them, their
 * drivers.
 */
import type { Command } from "./job.ts";

export type QemuName = "qemu-11" | "qemu-10" | "qemu-7.2";

/** What a machine's own parts are built for and loaded with. */
export interface GuestKernel {
  /** As uname(1) says it in the guest: "6.1.0-50-amd64". */
  readonly version: string;
  /** Its entry of the cache, with `busybox`. */
  readonly folder: string;
}

/** Interfaces by the names that the kernel gives them. */
export interface Cards {
  /** [ingress, egress] */
  readonly ports: readonly [string, string];
  /** What these are wired to. */
  readonly tester: readonly [string, string];
}

/** One file each in `machines/`, and a line in `machines/index.ts`. */
export interface GuestMachine {
  /** As configs, flags and rows have it. */
  readonly name: string;
  /** One line for help and reports. */
  readonly summary: string;
  readonly qemu: QemuName;
  readonly memoryMiB: number;
  /** QEMU's `-machine`, memory backends, and what comes before all other devices: an IOMMU. */
  readonly platform: readonly string[];
  /** QEMU's arguments for its devices and what they are connected to. */
  readonly devices: readonly string[];
  /** Modules of Debian's kernel, loaded in this order once the root file system is there. */
  readonly modules: readonly string[];
  /** Its network interfaces, where these are cards of its own; else it makes veth pairs. */
  readonly cards?: Cards;
  /** Names of kernels that it can boot, where it can't boot any; see kernels/kernel-name.ts. */
  readonly kernels?: RegExp;
  /**
   * Fetches or builds what is needed beyond QEMU and the kernel, into entries of the cache
   * (`cached`).
   *
   * @param tell gets a line before each step that takes time
   * @param signal ends the fetching
   */
  readonly setUp?: (
    tell: (line: string) => void,
    kernel: GuestKernel,
    signal?: AbortSignal,
  ) => Promise<void>;
  /** A library of one's own that QEMU's loader loads before all others. */
  readonly preload?: () => string;
  /** Added to QEMU's environment. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /**
   * Commands that the guest runs before any other, such as `insmod` of a module of one's own: it
   * sees this machine's files, its cache folder too.
   */
  readonly preparation?: (kernel: GuestKernel) => readonly Command[];
}

export function hasIommu({ platform }: Pick<GuestMachine, "platform">): boolean {
  return platform.some((word) => word.startsWith("intel-iommu"));
}

/**
 * Debian 12's kernel has no tcx: programs at the traffic control hook are filters of clsact there.
 */
export const trafficControlModules: readonly string[] = ["sch_ingress", "cls_bpf"];
