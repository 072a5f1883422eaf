/** A section of a config: one matrix at one place, measured with one clock. */
import { nameOfPlace, type Place } from "@iopath/lab";
import { guestMachines } from "@iopath/lab/guest";
import { z } from "zod";
import { sectionLists } from "./axis-list.ts";
import { cardSchema } from "./card.ts";
import { hardwareSchema } from "./interfaces.ts";
import { modulesSchema } from "./modules.ts";
import { plantedSchema } from "./planted.ts";

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1);
const count = (max: number) => z.number().int().min(1).max(max);

export const sectionSchema = z.strictObject({
  /** `guest` is a virtual machine on this host, with an emulated card. */
  place: z.enum(["host", "guest"]).default("host"),
  /** What the guest is: its devices and their drivers. Empty on the host. */
  machine: z.string().default(""),
  /** `instructions` counts what the guest executes; it is no time. */
  clock: z.enum(["wall", "instructions"]).default("wall"),
  /** Paths of the user's own: the modules that export them. */
  modules: modulesSchema.exactOptional(),
  /** Each path with its variants. */
  paths: z.record(z.string(), list(z.string())),
  /** Of each axis the values to measure: frameBytes, bursts, flows, workers, windows. */
  ...sectionLists,
  rounds: count(1000).default(3),
  samples: count(1_000_000).default(1000),
  warmUpFrames: z.number().int().min(0).max(100_000_000).default(30_000),
  verifyFrames: count(100_000_000).default(2000),
  /** Interfaces that are there, in the lab's stead. */
  hardware: hardwareSchema.exactOptional(),
  /**
   * Verbs devices of this machine, for port 0 and port 1: one twice, or two that reach each other.
   */
  rdmaDevices: z.tuple([z.string().min(1), z.string().min(1)]).exactOptional(),
  /** Virtual functions of this machine's cards, for `sriov-vf`. */
  card: cardSchema.exactOptional(),
  /** The CPU that measures; the last one that this process may use when not given. */
  cpu: z.number().int().min(0).exactOptional(),
  /** Needless work in the paths, to try a gate on; rows say so in their revision. */
  planted: plantedSchema.exactOptional(),
});

export type Section = z.infer<typeof sectionSchema>;
/** Where the trials of a section are made, and of what. */
export type Where = Pick<
  Section,
  "place" | "machine" | "clock" | "paths" | "hardware" | "card" | "rdmaDevices" | "cpu"
>;
export type SectionInput = z.input<typeof sectionSchema>;

/** The place of a section that has no problems. */
export function placeOf(section: Where): Place {
  const { place, machine, clock, hardware, card, rdmaDevices } = section;
  if (place === "guest") return { kind: "guest", machine, clock };
  if (rdmaDevices) return { kind: "verbs", devices: rdmaDevices };
  if (card) return { kind: "card", ...card };
  return hardware ? { kind: "interfaces", ...hardware } : { kind: "lab" };
}

/** The machine of a guest whose section names none is the first that there is. */
export function withMachine<Some extends Pick<Section, "place" | "machine">>(section: Some): Some {
  if (section.place !== "guest" || section.machine !== "") return section;
  return { ...section, machine: guestMachines[0].name };
}

/** What can't be together in a section, in words. */
export function sectionProblems(section: Section): string[] {
  const { place, machine, clock, hardware, card, rdmaDevices, workers, planted, cpu } = section;
  const several = workers.some((count) => count > 1);
  const known = guestMachines.map(({ name }) => name);
  if (place === "guest") {
    return [
      hardware ? "--ports names interfaces of the host, and the place is guest" : [],
      rdmaDevices ? "--rdma-device names devices of the host, and the place is guest" : [],
      card ? "--pf names a card of the host, and the place is guest" : [],
      known.includes(machine)
        ? []
        : `no guest machine named ${machine}; machines are ${known.join(", ")}`,
      several ? "a guest has one CPU, and --workers needs several" : [],
    ].flat();
  }
  return [
    clock === "wall" ? [] : "the host has no instruction clock; `--place guest` has one",
    [hardware, card, rdmaDevices].filter(Boolean).length > 1
      ? "--ports, --pf and --rdma-device each name a place: one a section"
      : [],
    machine === "" ? [] : `machine ${machine} is a guest's, and the place is host`,
    several && card ? "--workers needs several queues, and functions of --pf have one" : [],
    several && rdmaDevices ? "--workers needs several queues, and --rdma-device has one" : [],
    several && planted ? "--plant-work plants in one forwarder, and --workers has several" : [],
    several && cpu !== undefined ? "`cpu` is for one worker, and --workers has several" : [],
  ].flat();
}

/** Whether its ports are the user's, named by flags or config. */
export function isHardware({ hardware, card, rdmaDevices }: Section): boolean {
  return [hardware, card, rdmaDevices].some((named) => named !== undefined);
}

/** Where a section's figures are from, in words: "host", "guest igb, instructions". */
export function nameOfSection(section: Section): string {
  return nameOfPlace(placeOf(section));
}
