/** Provenance of a section's figures: class, kernel, QEMU. */
import os from "node:os";
import { type IopathError, requireTrouble } from "@iopath/contract";
import { findPorts, type Place } from "@iopath/lab";
import { describeGuest, findGuestMachine, setUpGuestPackages } from "@iopath/lab/guest";
import type { Provenance } from "../journal/events.ts";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";
import { findLab } from "../paths/all.ts";
import { labOfPlace } from "../paths/labs.ts";

/** Sections whose place is not available, by their index, and why. */
export type Refusals = ReadonlyMap<number, IopathError>;

/** Fetches what guests need and is not there, before anything is measured. */
export async function prepareGuests(config: Config, signal: AbortSignal): Promise<Refusals> {
  const refusals = new Map<number, IopathError>();
  for (const [index, { place }] of config.entries()) {
    if (place.kind !== "guest") continue;
    try {
      const tell = (line: string) => process.stderr.write(`${line}\n`);
      await setUpGuestPackages(tell, findGuestMachine(place.machine), signal);
    } catch (error) {
      refusals.set(index, requireTrouble(error));
    }
  }
  return refusals;
}

/**
 * Figures of the lab are virtual, those of a guest emulated; of other ports their drivers decide.
 */
export async function provenanceOf({ place }: Section): Promise<Provenance> {
  const none = { qemu: "", guestCommand: "" };
  if (place.kind !== "guest") return { class: classOnHost(place), kernel: os.release(), ...none };
  try {
    const guest = await describeGuest(findGuestMachine(place.machine), place.clock);
    const { kernel, qemu, command: guestCommand, processor } = guest;
    return { class: "emulated", kernel, qemu, guestCommand, ...(processor ? { processor } : {}) };
  } catch (error) {
    requireTrouble(error);
    return { class: "emulated", kernel: "", ...none };
  }
}

function classOnHost(place: Exclude<Place, { kind: "guest" }>): Provenance["class"] {
  if (place.kind === "lab") return "virtual";
  if (place.kind === "interfaces") return findPorts(place).class;
  return findLab(labOfPlace(place))!.lab.devices!.classOf(place);
}
