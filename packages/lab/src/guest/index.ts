export * from "./command.ts";
export { describeGuest, type GuestDescription } from "./describe.ts";
export { Guest, type GuestOptions } from "./guest.ts";
export { removeOrphanGuests } from "./guest-folder.ts";
export { saysEndedFromOutside } from "./guest-process.ts";
export type { Command, JobOptions } from "./job.ts";
export { type BuiltKernel, buildKernel, type KernelBuild } from "./kernels/build/build-kernel.ts";
export {
  describeWork,
  type KernelWork,
  kernelWorks,
  pruneWorks,
} from "./kernels/build/built-folders.ts";
export { KernelBuildError } from "./kernels/build/options.ts";
export { configHashOf, optionsOf } from "./kernels/guest-kernel.ts";
export {
  type CachedKernel,
  cachedKernels,
  configOf,
  pruneKernels,
} from "./kernels/kernel-cache.ts";
export {
  absoluteKernel,
  type DebianName,
  isDebians,
  kernelLabel,
  parseKernelName,
  usualKernel,
} from "./kernels/kernel-name.ts";
export { kernelsBetween, type MirrorKernel } from "./kernels/mirror-kernels.ts";
export { limitsOfDays } from "./kernels/prune.ts";
export { listMirrorKernels } from "./kernels/set-up-kernel.ts";
export { type Cards, type GuestMachine, hasIommu, type QemuName } from "./machine.ts";
export {
  connectedPvrdma,
  e1000e,
  findGuestMachine,
  guestMachines,
  igb,
  igbCards,
  pvrdma,
  virtio,
  virtioSriov,
  vmxnet3,
} from "./machines/index.ts";
export { findGuestPackages, setUpGuestPackages } from "./packages.ts";
export { buildProfiler, profilerFile, setUpProfiler } from "./profiler.ts";
export {
  type Accelerator,
  type Clock,
  type IommuMode,
  iommuModes,
  nanosecondsPerInstruction,
} from "./qemu.ts";
export { setUpStaticLibraries, staticLibraryFolders } from "./static-libraries.ts";
