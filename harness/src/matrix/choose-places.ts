/** Flags that say where: which sections of a config they mean, or where they move one. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Clock, clockOf, type DevicesPlace, type GuestPlace, type Place } from "@iopath/lab";
import {
  absoluteKernel,
  findGuestMachine,
  type IommuMode,
  kernelLabel,
  parseKernelName,
  usualKernel,
} from "@iopath/lab/guest";
import { findLab } from "../paths/all.ts";
import { labOfPlace, variantsOf } from "../paths/labs.ts";
import { chooseCard } from "./card.ts";
import { chooseInterfaces } from "./interfaces.ts";
import type { Overrides } from "./override-flags.ts";
import { lackOfIommu, noInstructionsOnHost, usualGuest } from "./place-keys.ts";
import type { Section } from "./section.ts";

/**
 * Sections of the place, machine and clock asked for; without one, the first section moved there.
 */
export function choosePlaces(config: readonly Section[], flags: Overrides): Section[] {
  const { machine, clock, kernel, iommu } = flags;
  const devices = chooseDevices(flags);
  const ofHost = devices ?? flags.ports;
  const kind = flags.place ?? (machine || kernel || iommu ? "guest" : ofHost ? "host" : undefined);
  let chosen = [...config];
  if (kind === "guest") chosen = narrow(chosen, isGuest, () => usualGuest);
  if (kind === "host") chosen = narrow(chosen, (place) => !isGuest(place), onHost);
  if (machine) {
    const isMachine = (place: Place) => isGuest(place) && place.machine === machine;
    chosen = narrow(chosen, isMachine, (place) => withMachine(place, machine));
  }
  if (clock) {
    const hasClock = (place: Place) => clockOf(place) === clock;
    chosen = narrow(chosen, hasClock, (place) => withClock(place, clock));
  }
  if (kernel) chosen = chosen.flatMap((section) => withKernels(section, kernel));
  if (iommu) {
    chosen = chosen.map((section) => ({ ...section, place: withIommu(section.place, iommu) }));
  }
  if (devices) return [{ ...chosen[0]!, place: devices, paths: variantsOf(labOfPlace(devices)) }];
  return chosen.map((section) => ({ ...section, place: withInterfaces(section.place, flags) }));
}

/** Sections at such a place; without one, the first section, moved to `make` of its place. */
function narrow(
  sections: Section[],
  isWanted: (place: Place) => boolean,
  make: (place: Place) => Place,
): Section[] {
  const found = sections.filter(({ place }) => isWanted(place));
  return found.length > 0 ? found : [{ ...sections[0]!, place: make(sections[0]!.place) }];
}

function isGuest(place: Place): place is GuestPlace {
  return place.kind === "guest";
}

function onHost(): Place {
  return { kind: "lab" };
}

/** @throws IopathError, exit status 3, for a machine that is not a guest's or is not known */
function withMachine(place: Place, machine: string): Place {
  findGuestMachine(machine);
  if (isGuest(place)) return { ...place, machine };
  const message = `machine ${machine} is a guest's, and the place is host`;
  throw new IopathError(ExitStatus.usage, message, { remedy: "leave out --place, or --machine" });
}

/** @throws IopathError, exit status 3, for a kernel that is not a guest's or is not known */
function withKernels(section: Section, names: readonly string[]): Section[] {
  const { place } = section;
  if (!isGuest(place)) {
    const message = `kernel ${names.join()} is a guest's, and the place is host`;
    throw new IopathError(ExitStatus.usage, message, { remedy: "leave out --place, or --kernel" });
  }
  for (const name of names) parseKernelName(name);
  refuseTwins(names);
  return names.map((name) => ({ ...section, place: onKernel(place, name) }));
}

/** @param name as flags have it: a path is relative to where the command was called */
export function onKernel({ kernel: _kernel, ...usual }: GuestPlace, name: string): GuestPlace {
  const kernel = absoluteKernel(name, ".");
  return kernel === usualKernel ? usual : { ...usual, kernel };
}

/** Whether a guest boots the kernel of that name. */
export function isOnKernel(place: Place, name: string): boolean {
  return isGuest(place) && kernelLabel(place.kernel ?? usualKernel) === kernelLabel(name);
}

/**
 * Ids and rows have of a path its last part: two that agree in it could not be told apart.
 *
 * @throws IopathError, exit status 3
 */
export function refuseTwins(names: readonly string[]): void {
  const labels = names.map(kernelLabel);
  const twin = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (twin < 0) return;
  const [first, second] = [names[labels.indexOf(labels[twin]!)]!, names[twin]!];
  const message = `kernels ${first} and ${second} have one name in cells and rows: ${labels[twin] || usualKernel}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "name each once; a folder gets another name by a symbolic link to it",
  });
}

/** @throws IopathError, exit status 3, for the host's, and for a machine without one */
function withIommu(place: Place, iommu: IommuMode): Place {
  const lack = isGuest(place) ? lackOfIommu(place.machine) : "the host has its own";
  if (lack || !isGuest(place)) {
    const remedy = `leave out --iommu, or ${isGuest(place) ? "choose another --machine" : "--place"}`;
    throw new IopathError(ExitStatus.usage, `--iommu ${iommu}: ${lack}`, { remedy });
  }
  const { iommu: _iommu, ...usual } = place;
  return iommu === "strict" ? { ...usual, iommu } : usual;
}

/** @throws IopathError, exit status 3: the host counts no instructions */
function withClock(place: Place, clock: Clock): Place {
  if (isGuest(place)) return { ...place, clock };
  throw new IopathError(ExitStatus.usage, noInstructionsOnHost, {
    remedy: "--place, --machine and --clock say which section is meant",
  });
}

/** Functions of a card, or verbs devices: only some paths can use such ports. */
function chooseDevices(flags: Overrides): DevicesPlace | undefined {
  const card = chooseCard(flags);
  const devices = chooseRdmaDevices(flags);
  const place: DevicesPlace | undefined =
    (card && { kind: "card", ...card }) ?? (devices && { kind: "verbs", devices });
  if (place) findLab(labOfPlace(place))?.lab.devices?.check(place);
  return place;
}

/** One device is both ports' own. */
function chooseRdmaDevices({ rdmaDevice }: Overrides): [string, string] | undefined {
  if (rdmaDevice === undefined) return undefined;
  const [first, second = first, ...others] = rdmaDevice;
  if (first && second && others.length === 0) return [first, second];
  const message = "--rdma-device takes one verbs device, or two: DEV0,DEV1";
  throw new IopathError(ExitStatus.usage, message);
}

function withInterfaces(place: Place, flags: Overrides): Place {
  const configured = place.kind === "interfaces" ? place : undefined;
  const interfaces = chooseInterfaces(configured, flags);
  return interfaces ? { kind: "interfaces", ...interfaces } : place;
}
