/**
 * What figures of a section stand on: their class, the kernel that moves the frames, a guest's
 * parts.
 */
import os from "node:os";
import { IopathError } from "@iopath/contract";
import { findPorts } from "@iopath/lab";
import { describeGuest, findGuestMachine, setUpGuestPackages } from "@iopath/lab/guest";
import { classOfDevices } from "@iopath/pvrdma";
import { z } from "zod";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";

/** Sections whose place is not to be had, by their index, and why. */
export type Refusals = ReadonlyMap<number, IopathError>;

/** Fetches what guests need and is not there, before anything is measured. */
export async function prepareGuests(config: Config, signal: AbortSignal): Promise<Refusals> {
  const refusals = new Map<number, IopathError>();
  for (const [index, { place, machine }] of config.entries()) {
    if (place !== "guest") continue;
    try {
      const tell = (line: string) => process.stderr.write(`${line}\n`);
      await setUpGuestPackages(tell, findGuestMachine(machine), signal);
    } catch (error) {
      if (!(error instanceof IopathError)) throw error;
      refusals.set(index, error);
    }
  }
  return refusals;
}

export const groundSchema = z.object({
  class: z.enum(["hardware", "virtual", "emulated"]),
  /** The kernel that moves the frames; empty for a guest that is not to be had: it is skipped. */
  kernel: z.string(),
  /** Of a guest: the version of its QEMU, and what that is asked for, less files. */
  qemu: z.string().default(""),
  guestCommand: z.string().default(""),
  /** The processor that figures depend on, where it is not this machine's. */
  processor: z.string().exactOptional(),
});

export type Ground = z.infer<typeof groundSchema>;

/**
 * Figures of the lab are virtual, those of a guest emulated; of other ports their drivers decide.
 */
export async function groundOf(section: Section): Promise<Ground> {
  const { place, machine, clock } = section;
  const none = { qemu: "", guestCommand: "" };
  if (place !== "guest") return { class: classOnHost(section), kernel: os.release(), ...none };
  try {
    const guest = await describeGuest(findGuestMachine(machine), clock);
    const { kernel, qemu, command: guestCommand, processor } = guest;
    return { class: "emulated", kernel, qemu, guestCommand, ...(processor ? { processor } : {}) };
  } catch (error) {
    if (error instanceof IopathError) return { class: "emulated", kernel: "", ...none };
    throw error;
  }
}

function classOnHost({ hardware, card, rdmaDevices }: Section): Ground["class"] {
  if (rdmaDevices) return classOfDevices(rdmaDevices);
  if (card) return isEmulatedMachine() ? "emulated" : "hardware";
  return hardware ? findPorts(hardware).class : "virtual";
}

/** Within a machine whose processor is emulated a card is as well. */
export function isEmulatedMachine(): boolean {
  return os.cpus()[0]?.model.startsWith("QEMU") ?? false;
}
