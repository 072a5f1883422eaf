/**
 * A place: where the cells of a section run, as config, flags, rows and messages name it. Exactly
 * one kind with what belongs to it, so that what can't be together can't be written.
 */
import type { Clock } from "./guest/qemu.ts";

export type { Clock };

export type Pair = readonly [string, string];

/** Namespaces and veth pairs of this host, made for the run. */
export interface LabPlace {
  readonly kind: "lab";
}

/** Network interfaces of this host that were there before. */
export interface InterfacesPlace {
  readonly kind: "interfaces";
  /** [ingress, egress], in the namespace that iopath was started in. */
  readonly ports: Pair;
  /** The interfaces that the ports are wired to, or "none" when the tester is elsewhere. */
  readonly tester: Pair | "none";
  /** Of ip-netns(8); the ports' own when not given. */
  readonly testerNamespace?: string;
  /** Who gets what leaves the egress: a MAC, or an IPv4 address that the neighbour table has. */
  readonly nextHop?: string;
  /** Take an interface that carries a default route as well. */
  readonly force?: boolean;
}

/**
 * Functions made for the run, of the card with this network device; or those at two PCI addresses.
 */
export type FunctionSource = { readonly card: string } | { readonly functions: Pair };
export type TesterSource =
  | FunctionSource
  /** As they are, in a namespace of ip-netns(8) or in ours. */
  | { readonly interfaces: Pair; readonly namespace?: string };

/** Virtual functions of a card of this host. */
export interface CardPlace {
  readonly kind: "card";
  readonly ports: FunctionSource;
  /** Two more functions of the ports' card when not given. */
  readonly tester?: TesterSource;
  /** How many functions the ports' card gets, if more than are used. */
  readonly count?: number;
}

/** Verbs devices of this host: one device is both ports' own, and two are a wire each way. */
export interface VerbsPlace {
  readonly kind: "verbs";
  /** Of port 0 and port 1, as `ibv_devices` lists them. */
  readonly devices: Pair;
}

/** A virtual machine on this host. */
export interface GuestPlace {
  readonly kind: "guest";
  /** Its devices and their drivers, by the name in `guest/machines`. */
  readonly machine: string;
  readonly clock: Clock;
  /** By its name in `guest/kernels`; the usual one when not given. */
  readonly kernel?: string;
  /** Its IOMMU translates what kernel drivers transfer; it lets that pass when not given. */
  readonly iommu?: "strict";
}

export type Place = LabPlace | InterfacesPlace | CardPlace | VerbsPlace | GuestPlace;

/** Devices of this host that the user names. */
export type DevicesPlace = CardPlace | VerbsPlace;

/** What a place counts: only a guest counts instructions. */
export function clockOf(place: Place): Clock {
  return place.kind === "guest" ? place.clock : "wall";
}

/** A place in words: "host", "ports eth1,eth2", "guest igb, instructions". */
export function nameOfPlace(place: Place): string {
  switch (place.kind) {
    case "lab":
      return "host";
    case "interfaces":
      return `ports ${place.ports.join(",")}`;
    case "card": {
      const { ports } = place;
      return "card" in ports
        ? `functions of ${ports.card}`
        : `functions ${ports.functions.join(",")}`;
    }
    case "verbs":
      return `ports ${place.devices.join(",")}`;
    case "guest": {
      const { machine, clock, kernel, iommu } = place;
      const special = [kernel && `kernel ${kernel}`, iommu && `iommu ${iommu}`].filter(Boolean);
      const what = [`guest ${machine}`, ...special].join(", ");
      return clock === "wall" ? what : `${what}, ${clock}`;
    }
  }
}
