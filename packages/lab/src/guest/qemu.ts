/** The command line of a guest. */
import { join } from "node:path";
import { files } from "./guest-folder.ts";
import { hasIommu } from "./machine.ts";
import type { GuestFiles } from "./packages.ts";
import { throughLoader } from "./toolchain.ts";

/**
 * What the guest's clock counts: `wall` is time; `instructions` is guest instructions, kernel
 * included, on one processor, the same whatever the host does meanwhile.
 */
export type Clock = "wall" | "instructions";
export type Accelerator = "kvm" | "tcg";

/** With `-icount shift=1` each guest instruction takes 2^1 ns of the guest's time. */
export const nanosecondsPerInstruction = 2;

/**
 * What a guest's IOMMU does with the DMA of kernel drivers, where its machine has one: it lets it
 * pass, or translates every transfer through a table of its own. What VFIO hands out is translated
 * in either case.
 */
export const iommuModes = ["passthrough", "strict"] as const;
export type IommuMode = (typeof iommuModes)[number];

export interface Machine {
  readonly clock: Clock;
  readonly accelerator: Accelerator;
  /**
   * `processorCount` when it is not said. More that are emulated run at once, a thread of the host
   * each.
   */
  readonly processors?: number;
  readonly memoryMiB: number;
  /** See `GuestMachine`. */
  readonly platform: readonly string[];
  readonly devices: readonly string[];
  /** `passthrough` when it is not said. */
  readonly iommu?: IommuMode;
  readonly preload?: string;
  /** The profiler's file, where the guest is profiled. */
  readonly profiler?: string;
}

/**
 * @param folder the guest's own on the host, an absolute path
 * @returns program and arguments; the guest ends with the process that starts it
 */
export function commandLine(packages: GuestFiles, machine: Machine, folder: string): string[] {
  const at = (name: string) => join(folder, name);
  return [
    // The kernel kills it when we are killed: nothing of ours would run to do so.
    ...["setpriv", "--pdeathsig", "KILL", "--"],
    ...throughLoader(packages.qemu, "usr/bin/qemu-system-x86_64", machine.preload),
    ...[
      "-L",
      join(packages.qemu, "usr/share/qemu"),
      "-L",
      join(packages.qemu, "usr/share/seabios"),
    ],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...machine.platform,
    ...processors(machine),
    ...["-m", String(machine.memoryMiB)],
    ...["-kernel", packages.kernel, "-initrd", packages.initramfs, "-append", kernelLine(machine)],
    ...["-serial", `file:${at(files.console)}`, "-pidfile", at(files.process)],
    ...["-virtfs", `${share("/", "root")},readonly=on`],
    ...["-virtfs", share(at(files.share), "share")],
    ...["-device", "virtio-serial-pci"],
    ...port(1, at(files.control)),
    ...port(2, at(files.output)),
    ...port(3, at(files.error)),
    ...machine.devices,
    ...(machine.profiler === undefined ? [] : ["-plugin", plugin(machine.profiler, folder)]),
  ];
}

/** QEMU loads parts of itself from here, and would look where an installed one has its own. */
export function moduleEnvironment(packages: Pick<GuestFiles, "qemu">): NodeJS.ProcessEnv {
  const QEMU_MODULE_DIR = join(packages.qemu, "usr/lib/x86_64-linux-gnu/qemu");
  return { ...process.env, QEMU_MODULE_DIR };
}

/**
 * Emulation has one processor: with two, the other one could still run an old form of code that V8
 * had rewritten. Node crashed in 9 of 40 starts with QEMU 7.2, once with QEMU 11, never in 40 on
 * one processor (28 November 2026). Two that take turns make a virtual function time out: it polls
 * its card's answer for 10 ms, and the processor that answers gets its turn 100 ms later.
 */
export function processorCount(accelerator: Accelerator): number {
  return accelerator === "kvm" ? 2 : 1;
}

/** Processors and accelerator. */
export function processors(machine: Pick<Machine, "clock" | "accelerator" | "processors">) {
  const { clock, accelerator, processors: wanted = processorCount(accelerator) } = machine;
  const count = ["-smp", String(wanted)];
  if (accelerator === "kvm") return ["-accel", "kvm", "-cpu", "max", ...count];
  const emulated = ["-accel", `tcg,thread=${wanted > 1 ? "multi" : "single"}`];
  if (clock === "wall") return [...emulated, "-cpu", "max", ...count];
  // Each step of a `rep` string instruction would count as one: no fast `rep movs`, `rep stos`.
  return [...emulated, "-icount", "shift=1,sleep=off", "-cpu", "max,-erms,-fsrm", ...count];
}

function kernelLine(machine: Machine): string {
  const { clock, iommu } = machine;
  const passes = hasIommu(machine) && iommu !== "strict";
  const common = [
    "console=ttyS0 quiet loglevel=4",
    "panic=-1", // a panic reboots, and QEMU ends instead
    `mitigations=off intel_iommu=on ${passes ? "iommu=pt " : ""}tsc=reliable no_timer_check`,
  ];
  // The same addresses in every boot, and no page zeroed by a `rep stos` that counts as many.
  const repeatable = "nokaslr norandmaps init_on_alloc=0 audit=0 apparmor=0";
  return [...common, ...(clock === "instructions" ? [repeatable] : [])].join(" ");
}

/** Its files are profile1, profile2, ... of the guest's folder. */
function plugin(library: string, folder: string): string {
  return `${escaped(library)},out=${escaped(join(folder, files.profile))}`;
}

function share(path: string, tag: string): string {
  return `local,path=${escaped(path)},mount_tag=${tag},security_model=none,multidevs=remap`;
}

/** A virtio-serial port whose other end is a socket that we listen on. */
function port(number: number, socket: string): string[] {
  const name = `port${number}`;
  return [
    ...["-chardev", `socket,id=${name},path=${escaped(socket)},server=off`],
    ...["-device", `virtserialport,nr=${number},chardev=${name},name=iopath.${number}`],
  ];
}

/** In QEMU's options a comma is written twice. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
