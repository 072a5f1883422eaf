/** What figures of a section stand on: their class, the kernel that moves the frames, a guest's parts. */
import os from "node:os";
import { type Class, IopathError } from "@iopath/contract";
import { findGuestMachine, findGuestPackages, findPorts, setUpGuestPackages } from "@iopath/lab";
import type { Config } from "./config.ts";
import type { Section } from "./section.ts";

/** Sections whose place is not to be had, by their index, and why. */
export type Refusals = ReadonlyMap<number, IopathError>;

/** Fetches what guests need and is not there, before anything is measured. */
export async function prepareGuests(config: Config): Promise<Refusals> {
  const refusals = new Map<number, IopathError>();
  for (const [index, { place, machine }] of config.entries()) {
    if (place !== "guest") continue;
    try {
      const tell = (line: string) => process.stderr.write(`${line}\n`);
      await setUpGuestPackages(tell, findGuestMachine(machine));
    } catch (error) {
      if (!(error instanceof IopathError)) throw error;
      refusals.set(index, error);
    }
  }
  return refusals;
}

/** Figures of the lab are virtual, those of a guest emulated; of other ports their drivers decide. */
export function groundOf({ place, machine, hardware }: Section): { class: Class; kernel: string } {
  if (place === "guest") return { class: "emulated", kernel: guestKernel(machine) };
  return { class: hardware ? findPorts(hardware).class : "virtual", kernel: os.release() };
}

/** Empty while there is none: the section is skipped. */
function guestKernel(machine: string): string {
  try {
    return findGuestPackages(findGuestMachine(machine)).kernelVersion;
  } catch (error) {
    if (error instanceof IopathError) return "";
    throw error;
  }
}
