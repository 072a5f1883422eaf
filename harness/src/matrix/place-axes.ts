/**
 * The axes of which a section has one value: where its cells run, and by which clock. Rows that
 * differ in one of them are never ranked together. The axes of which a section lists values are in
 * axes.ts.
 */
import { clockOf, type Place } from "@iopath/lab";
import {
  findGuestMachine,
  hasIommu,
  type IommuMode,
  iommuModes,
  kernelLabel,
} from "@iopath/lab/guest";
import { z } from "zod";
import { unitOf } from "./clock.ts";
import type { Section } from "./section.ts";

/** What is known of a section once its place was looked at. */
export interface Provenance {
  readonly class: "hardware" | "virtual" | "emulated";
}

interface PlaceAxisDefinition<Column extends z.ZodType> {
  /** Its column of a row, named as the axis. */
  readonly column: Column;
  readonly of: (section: Section, provenance: Provenance) => z.output<Column>;
  /** Its part of the ids of a section's cells, in front of the path; "" for none. */
  readonly id?: (section: Section) => string;
  /**
   * What it is in the name of a group of rows: the `heading`; a part of `where`; `named` behind
   * these; or `implied`, since another axis decides it.
   */
  readonly inGroup: "heading" | "where" | "named" | "implied";
  /** The value that names of groups leave out. */
  readonly unsaid?: string;
}

const axis = <Column extends z.ZodType>(definition: PlaceAxisDefinition<Column>) => definition;

/** The column `place`: all of the user's own ports are one. */
function columnOf({ kind }: Place): "host" | "guest" | "hardware" {
  if (kind === "lab") return "host";
  return kind === "guest" ? "guest" : "hardware";
}

function machineOf(place: Place): string {
  return place.kind === "guest" ? place.machine : "";
}

function iommuOf(place: Place): "" | IommuMode {
  if (place.kind !== "guest" || !hasIommu(findGuestMachine(place.machine))) return "";
  return place.iommu ?? "passthrough";
}

function kernelIn(place: Place): string {
  return place.kind === "guest" && place.kernel ? kernelLabel(place.kernel) : "";
}

/** In the order of the columns. */
const placeAxes = {
  place: axis({
    column: z
      .enum(["host", "guest", "hardware"])
      .describe("Where it ran: the lab on the host, a guest, or interfaces named with `--ports`."),
    of: ({ place }) => columnOf(place),
    id: ({ place }) => (place.kind === "lab" ? "" : columnOf(place)),
    inGroup: "where",
  }),
  machine: axis({
    column: z
      .string()
      .describe(
        "What the guest is, its devices and their drivers: `igb`, `virtio`, `vmxnet3`; empty elsewhere.",
      ),
    of: ({ place }) => machineOf(place),
    id: ({ place }) => machineOf(place),
    inGroup: "where",
  }),
  guest_kernel: axis({
    column: z
      .string()
      .default("")
      .describe(
        "The kernel that the guest was asked for: `debian:6.12`, or the name of a folder or file; empty for the " +
          "usual one, Debian 12's, elsewhere, and in rows of older versions. `kernel` says which release it was.",
      ),
    of: ({ place }) => kernelIn(place),
    id: ({ place }) => kernelIn(place),
    inGroup: "where",
  }),
  iommu: axis({
    column: z
      .enum(["", ...iommuModes])
      .default("")
      .describe(
        "What the guest's IOMMU did with the DMA of kernel drivers: `passthrough`, or `strict`, which translates each " +
          "transfer; empty without an IOMMU, on the host, and in rows of older versions, whose guests were strict.",
      ),
    of: ({ place }) => iommuOf(place),
    id: ({ place }) => (place.kind === "guest" && place.iommu) || "",
    inGroup: "where",
    unsaid: "passthrough",
  }),
  class: axis({
    column: z
      .enum(["hardware", "virtual", "emulated"])
      .describe(
        "What the ports are: cards, what a kernel plays (veth, tap), or what an emulator plays. " +
          "Figures of two classes are never ranked together.",
      ),
    of: (_section, provenance) => provenance.class,
    inGroup: "heading",
  }),
  clock: axis({
    column: z
      .enum(["wall", "instructions"])
      .describe("What was counted: time, or instructions that a guest executed, kernel included."),
    of: ({ place }) => clockOf(place),
    id: ({ place }) => (place.kind === "guest" ? place.clock : ""),
    inGroup: "named",
  }),
  unit: axis({
    column: z.enum(["ns/frame", "instructions/frame"]).describe("Unit of p10 to p99."),
    of: ({ place }) => unitOf(clockOf(place)),
    inGroup: "implied",
  }),
  mode: axis({
    column: z
      .enum(["closed-loop"])
      .describe("How frames were offered: a window at once, and the next when it is back."),
    of: () => "closed-loop" as const,
    inGroup: "implied",
  }),
};

type PlaceAxes = typeof placeAxes;
export type PlaceColumn = keyof PlaceAxes;
type PlaceShape = { [Name in PlaceColumn]: PlaceAxes[Name]["column"] };
type PlaceFields = z.output<z.ZodObject<PlaceShape>>;

/** A place axis as code sees it that treats all of them alike. */
interface PlaceAxis extends PlaceAxisDefinition<z.ZodType> {
  readonly name: PlaceColumn;
}

export const placeAxisList = Object.entries(placeAxes).map(([name, definition]) => ({
  ...definition,
  name,
})) as readonly PlaceAxis[];

/** Columns of the schema of a row. */
export const placeColumns = Object.fromEntries(
  placeAxisList.map(({ name, column }) => [name, column]),
) as PlaceShape;

/** What the columns of the place axes say of the cells of a section. */
export function placeFieldsOf(section: Section, provenance: Provenance): PlaceFields {
  const fields = placeAxisList.map(({ name, of }) => [name, of(section, provenance)]);
  return Object.fromEntries(fields) as PlaceFields;
}

/**
 * "guest/igb/instructions": the beginning of the ids of a section's cells; empty for the host's
 * lab.
 */
export function placeIdOf(section: Section): string {
  const parts = placeAxisList.map(({ id }) => id?.(section) ?? "");
  return parts.filter(Boolean).join("/");
}
