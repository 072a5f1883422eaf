export * from "./command.ts";
export { Guest, type GuestOptions } from "./guest.ts";
export { removeOrphanGuests } from "./guest-folder.ts";
export type { Command, JobOptions } from "./job.ts";
export { findGuestPackages, type QemuName, setUpGuestPackages } from "./packages.ts";
export { type Accelerator, type Clock, igb, nanosecondsPerInstruction } from "./qemu.ts";
