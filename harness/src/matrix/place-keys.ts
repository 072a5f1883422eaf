/**
 * The keys of a config that say where its cells run, and the place that they come to. The keys are
 * the words of flags and columns (`place`, `machine`, `clock`); the place is one of a union, so
 * that what can't be together is refused here, once, and nothing behind has to ask.
 */
import type {
  CardPlace,
  GuestPlace,
  InterfacesPlace,
  LabPlace,
  Place,
  VerbsPlace,
} from "@iopath/lab";
import {
  guestMachines,
  hasIommu,
  type IommuMode,
  iommuModes,
  usualKernel,
} from "@iopath/lab/guest";
import { z } from "zod";
import { cardSchema } from "./card.ts";
import { interfacesSchema } from "./interfaces.ts";

const name = z.string().min(1);

export const placeKeys = {
  /** `guest` is a virtual machine on this host, with devices of its own. */
  place: z.enum(["host", "guest"]).default("host"),
  /** What the guest is: its devices and their drivers. Empty on the host. */
  machine: z.string().default(""),
  /** `instructions` counts what the guest executes; it is no time. */
  clock: z.enum(["wall", "instructions"]).default("wall"),
  /** The kernel that a guest boots; of several, each makes a section of its own (`kernels.ts`). */
  kernels: z.tuple([name]).exactOptional(),
  /** What a guest's IOMMU does with the DMA of kernel drivers. */
  iommu: z.enum(iommuModes).exactOptional(),
  /** Interfaces of the host to use instead of the lab. */
  hardware: interfacesSchema.exactOptional(),
  /** Verbs devices of the host, for port 0 and port 1: one twice, or two that reach each other. */
  rdmaDevices: z.tuple([name, name]).exactOptional(),
  /** Virtual functions of cards of the host. */
  card: cardSchema.exactOptional(),
};

export type PlaceKeys = z.output<z.ZodObject<typeof placeKeys>>;

interface GuestKeys {
  readonly place: "guest";
  readonly machine?: string;
  readonly clock?: GuestPlace["clock"];
  readonly kernels?: readonly string[];
  readonly iommu?: IommuMode;
  readonly hardware?: never;
  readonly rdmaDevices?: never;
  readonly card?: never;
}

interface HostKeys {
  readonly place?: "host";
  readonly machine?: "";
  readonly clock?: "wall";
  readonly kernels?: never;
  readonly iommu?: never;
  readonly hardware?: never;
  readonly rdmaDevices?: never;
  readonly card?: never;
}

/** As a config is written: an editor underlines what can't be together. */
export type PlaceInput =
  | GuestKeys
  | HostKeys
  | (Omit<HostKeys, "hardware"> & { readonly hardware: Omit<InterfacesPlace, "kind"> })
  | (Omit<HostKeys, "rdmaDevices"> & { readonly rdmaDevices: VerbsPlace["devices"] })
  | (Omit<HostKeys, "card"> & { readonly card: Omit<CardPlace, "kind"> });

/** The place, or what can't be together, in words. */
export function readPlace(keys: PlaceKeys): Place | { readonly problems: readonly string[] } {
  const { place } = keys;
  const found = place === "guest" ? readGuest(keys) : readHost(keys);
  return Array.isArray(found) ? { problems: found } : found;
}

/** What a guest is when a config or a flag asks for one and says no more. */
export const usualGuest: GuestPlace = {
  kind: "guest",
  machine: guestMachines[0].name,
  clock: "wall",
};

function readGuest({ machine, clock, kernels, iommu, ...others }: PlaceKeys) {
  const { hardware, rdmaDevices, card } = others;
  const [kernel = usualKernel] = kernels ?? [];
  const guest: GuestPlace = {
    ...{ ...usualGuest, ...(machine === "" ? {} : { machine }), clock },
    ...(kernel === usualKernel ? {} : { kernel }),
    ...(iommu === "strict" ? { iommu } : {}),
  };
  const known = guestMachines.map(({ name }) => name);
  const problems = [
    hardware && "`hardware` names interfaces of the host, and the place is guest",
    rdmaDevices && "`rdmaDevices` names devices of the host, and the place is guest",
    card && "`card` names a card of the host, and the place is guest",
    known.includes(guest.machine)
      ? undefined
      : `no guest machine named ${machine}; machines are ${known.join(", ")}`,
    iommu && lackOfIommu(guest.machine),
  ].filter((problem) => problem !== undefined);
  return problems.length > 0 ? problems : guest;
}

/** Undefined where there is one, and of a machine that is not known. */
export function lackOfIommu(machine: string): string | undefined {
  const found = guestMachines.find(({ name }) => name === machine);
  return !found || hasIommu(found) ? undefined : `machine ${machine} has no IOMMU`;
}

function readHost({ machine, clock, kernels, iommu, hardware, rdmaDevices, card }: PlaceKeys) {
  const places: Place[] = [
    ...(hardware ? [{ kind: "interfaces", ...hardware } satisfies InterfacesPlace] : []),
    ...(rdmaDevices ? [{ kind: "verbs", devices: rdmaDevices } satisfies VerbsPlace] : []),
    ...(card ? [{ kind: "card", ...card } satisfies CardPlace] : []),
  ];
  const problems = [
    clock === "wall" ? undefined : noInstructionsOnHost,
    places.length > 1
      ? "`hardware`, `card` and `rdmaDevices` each name a place: one a section"
      : undefined,
    kernels && "`kernels` are a guest's, and the place is host",
    iommu && "`iommu` is a guest's, and the place is host",
    machine === "" ? undefined : `machine ${machine} is a guest's, and the place is host`,
  ].filter((problem) => problem !== undefined);
  return problems.length > 0 ? problems : (places[0] ?? ({ kind: "lab" } satisfies LabPlace));
}

export const noInstructionsOnHost = "the host has no instruction clock; `--place guest` has one";

/** The keys of a place, as configs, journals and published runs have them. */
export function writePlace(place: Place): PlaceKeys {
  const host = { place: "host", machine: "", clock: "wall" } as const;
  switch (place.kind) {
    case "lab":
      return host;
    case "guest":
      return {
        ...{ place: "guest", machine: place.machine, clock: place.clock },
        ...(place.kernel ? { kernels: [place.kernel] } : {}),
        ...(place.iommu ? { iommu: place.iommu } : {}),
      };
    case "verbs":
      return { ...host, rdmaDevices: [...place.devices] };
    case "interfaces": {
      const { kind: _kind, ...hardware } = place;
      return { ...host, hardware };
    }
    case "card": {
      const { kind: _kind, ...card } = place;
      return { ...host, card };
    }
  }
}
