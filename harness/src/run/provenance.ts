/** Provenance of a section's figures: class, kernel, QEMU. */
import os from "node:os";
import { type Carrier, type IopathError, requireTrouble } from "@iopath/contract";
import {
  type FoundPorts,
  findPorts,
  type Place,
  type PortWants,
  requireLabPrivileges,
} from "@iopath/lab";
import {
  describeGuest,
  findGuestMachine,
  setUpGuestPackages,
  setUpProfiler,
} from "@iopath/lab/guest";
import type { Provenance } from "../journal/events.ts";
import type { Config } from "../matrix/config.ts";
import { turnOf } from "../matrix/frame-size.ts";
import type { Section } from "../matrix/section.ts";
import { findLab, findPath, findVariant, testerOnly } from "../paths/all.ts";
import { labOfPlace } from "../paths/labs.ts";

/** What was found out of sections before anything is measured, by their index. */
export interface Prepared {
  /** Those whose place is not available, and why. */
  readonly refusals: ReadonlyMap<number, IopathError>;
  /** Those between interfaces of the user's. */
  readonly ports: ReadonlyMap<number, FoundPorts>;
}

/** What a section wants of the interfaces that it is measured between. */
function wantsOf({ frameBytes, workers, paths }: Section): PortWants {
  const sizes = frameBytes.flatMap(turnOf);
  const usesUdp = Object.entries(paths).some(([path, variants]) =>
    variants.some((variant) => path !== testerOnly && carrierOf(path, variant) === "udp"),
  );
  return { frameBytesMax: Math.max(...sizes), workers: Math.min(...workers), usesUdp };
}

function carrierOf(path: string, variant: string): Carrier {
  return findVariant(findPath(path), variant).carrier;
}

/**
 * Asks interfaces of the user's before anything is done to them, and fetches what guests need and
 * is not there.
 *
 * @throws IopathError, exit status 8, for interfaces that are not to be had, and 2 where this
 *   process may make no lab, or the profiler of a guest can't be had
 */
export async function prepare(config: Config, signal: AbortSignal): Promise<Prepared> {
  const ports = new Map<number, FoundPorts>();
  for (const [index, section] of config.entries()) {
    const { place } = section;
    if (place.kind === "lab") requireLabPrivileges();
    if (place.kind === "interfaces") ports.set(index, findPorts(place, wantsOf(section)));
  }
  const refusals = new Map<number, IopathError>();
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  for (const [index, { place, profiles }] of config.entries()) {
    if (place.kind !== "guest") continue;
    const machine = findGuestMachine(place.machine);
    try {
      await setUpGuestPackages(tell, machine, signal, place.kernel);
    } catch (error) {
      refusals.set(index, requireTrouble(error));
      continue;
    }
    // Asked for by name: without a compiler nothing is measured in its place.
    if (profiles) await setUpProfiler(tell, machine);
  }
  return { refusals, ports };
}

/**
 * Figures of the lab are virtual, those of a guest emulated; of other ports their drivers decide.
 *
 * @param ports as they were found, of a section between interfaces of the user's
 */
export async function provenanceOf(
  { place }: Section,
  ports: FoundPorts | undefined,
): Promise<Provenance> {
  const none = { qemu: "", guestCommand: "" };
  if (place.kind === "interfaces") {
    const { class: ofPorts, notes } = ports!;
    return { class: ofPorts, kernel: os.release(), ...none, notes: [...notes] };
  }
  if (place.kind !== "guest") return { class: classOnHost(place), kernel: os.release(), ...none };
  try {
    const machine = findGuestMachine(place.machine);
    const guest = await describeGuest(machine, place.clock, place);
    const { kernel, kernelConfig, qemu, command: guestCommand, processor } = guest;
    return {
      ...{ class: "emulated", kernel, qemu, guestCommand },
      ...(kernelConfig ? { kernelConfig } : {}),
      ...(processor ? { processor } : {}),
    };
  } catch (error) {
    requireTrouble(error);
    return { class: "emulated", kernel: "", ...none };
  }
}

function classOnHost(place: Exclude<Place, { kind: "guest" | "interfaces" }>): Provenance["class"] {
  if (place.kind === "lab") return "virtual";
  return findLab(labOfPlace(place))!.lab.devices!.classOf(place);
}
