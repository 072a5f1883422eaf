/** Rows that may be set side by side: a group per place and clock, in it a panel per window. */
import { type AxisColumn, groupColumns, otherAxes } from "../matrix/axis-list.ts";
import { type PlaceColumn, placeAxisList } from "../matrix/place-axes.ts";
import { testerOnly } from "../paths/all.ts";
import { agree, conditionsOf, keyOf, varying } from "./conditions.ts";
import { emptyField, type Row } from "./row.ts";

/** Figures of one group can be compared with each other, and not with those of another. */
export interface Group {
  /** "virtual · place host · clock wall": stands beside every figure. */
  readonly label: string;
  /** For file names and anchors: "virtual-host-wall". */
  readonly slug: string;
  /** "guest igb". */
  readonly where: string;
  /** What chooses its rows in the page's table: "class=virtual place=host clock=wall". */
  readonly filter: string;
  readonly first: Row;
  readonly rows: readonly Row[];
  readonly panels: readonly Panel[];
}

/** Cells that differ in path, variant and frame size only. */
export interface Panel {
  readonly label: string;
  readonly slug: string;
  /** "class=virtual place=host clock=wall window=64". */
  readonly filter: string;
  readonly window: number;
  /** What else it is of, in words: "burst 64, flows 1, workers 1". */
  readonly others: string;
  readonly sizes: readonly Size[];
  readonly group: Group;
}

export interface Size {
  readonly frameBytes: number;
  /** "64B", "imix". */
  readonly name: string;
  /** "64 bytes", "an imix". */
  readonly label: string;
  readonly filter: string;
  readonly rows: readonly Row[];
}

export function groupRows(rows: readonly Row[]): Group[] {
  return [...Map.groupBy(rows, keyOfGroup).values()].map((members) => {
    const first = members[0]!;
    const said = grouping.filter((name) => first[name] !== "" && first[name] !== unsaid[name]);
    const panels: Panel[] = [];
    const group: Group = {
      label: said.map((name) => labelOf(first, name)).join(" · "),
      slug: said.map((name) => String(first[name]).replaceAll(/[^\w.+-]/g, "_")).join("-"),
      where: whereOf(first),
      filter: said.map((name) => `${name}=${first[name]}`).join(" "),
      first,
      rows: members,
      panels,
    };
    panels.push(...panelsOf(group));
    return group;
  });
}

const named = (part: (typeof placeAxisList)[number]["inGroup"]): PlaceColumn[] =>
  placeAxisList.filter(({ inGroup }) => inGroup === part).map(({ name }) => name);

const heading: readonly (keyof Row)[] = named("heading");

/** What the name of a group is made of, in its order. */
const grouping: readonly (keyof Row)[] = [
  ...[...named("heading"), ...named("where"), ...named("named")],
  ...groupColumns,
];

/** Values that a group's name leaves out: the usual one, and those of rows without the column. */
const unsaid: { readonly [Name in keyof Row]?: string } = Object.fromEntries([
  ...placeAxisList.flatMap((axis) => (axis.unsaid === undefined ? [] : [[axis.name, axis.unsaid]])),
  ...groupColumns.map((name) => [name, emptyField(name)]),
]);

function labelOf(row: Row, name: keyof Row): string {
  return heading.includes(name) ? String(row[name]) : `${name} ${row[name]}`;
}

/** "host", "guest igb". */
function whereOf(row: Row): string {
  const parts = named("where").map((name) => (row[name] === unsaid[name] ? "" : row[name]));
  return parts.filter(Boolean).join(" ");
}

/** Rows of one key were measured at one place with one clock, and can be ranked together. */
export function keyOfGroup(row: Row): string {
  return keyOf(row, grouping);
}

/** The same for rows of any of a guest's kernels. */
export function keyOnAnyKernel(row: Row): string {
  return keyOf(
    row,
    grouping.filter((name) => name !== "guest_kernel"),
  );
}

/** Columns besides window and size that tell the cells of one variant apart. */
export const otherKnobs: readonly AxisColumn[] = otherAxes.flatMap(
  ({ columnNames }) => columnNames,
);
const panelKnobs: readonly AxisColumn[] = ["window", ...otherKnobs];

function panelsOf(group: Group): Panel[] {
  const forwarding = group.rows.filter(({ path }) => path !== testerOnly);
  const shown = forwarding.length > 0 ? forwarding : group.rows;
  const names: readonly AxisColumn[] = ["window", ...varying(shown, otherKnobs)];
  const keyed = Map.groupBy(shown, (row) => keyOf(row, panelKnobs));
  return [...keyed.values()].map((members) => {
    const first = members[0]!;
    return {
      label: names.map((name) => `${name} ${first[name]}`).join(", "),
      slug: [group.slug, ...names.map((name) => `${name}${first[name]}`)].join("-"),
      filter: [group.filter, ...names.map((name) => `${name}=${first[name]}`)].join(" "),
      window: first.window,
      others: otherKnobs.map((name) => `${name} ${first[name]}`).join(", "),
      sizes: sizesOf(withNull(members, group.rows), members),
      group,
    };
  });
}

/** The tester alone has no burst: its rows belong beside those of every burst. */
function withNull(members: readonly Row[], rows: readonly Row[]): Row[] {
  const first = members[0]!;
  const shared = conditionsOf({ path: testerOnly }, panelKnobs);
  const alone = rows.filter((row) => row.path === testerOnly && agree(row, first, shared));
  return [...alone, ...members.filter(({ path }) => path !== testerOnly)];
}

/** @param members whose sizes are wanted: the tester alone may have been measured with others */
function sizesOf(rows: readonly Row[], members: readonly Row[]): Size[] {
  const sizeOf = (row: Row) => row.frame_mix || `${row.frame_bytes}B`;
  const wanted = new Set(members.map(sizeOf));
  const keyed = Map.groupBy(rows, sizeOf);
  return [...keyed]
    .filter(([name]) => wanted.has(name))
    .map(([name, members]): Size => {
      const { frame_bytes: frameBytes, frame_mix: mix } = members[0]!;
      const filter = mix ? `frame_mix=${mix}` : `frame_bytes=${frameBytes}`;
      return { frameBytes, name, label: mix || `${frameBytes} bytes`, filter, rows: members };
    })
    .sort((a, b) => a.frameBytes - b.frameBytes);
}

/** Panels of one burst, number of flows and the like: the lowest window, and the highest. */
export function headlinePanels({ panels }: Group): Panel[] {
  const alike = panels.filter(({ others }) => others === panels[0]!.others);
  const ascending = alike.toSorted((a, b) => a.window - b.window);
  return [...new Set([ascending[0]!, ascending.at(-1)!])];
}

/** The rows of those panels, of the smallest size. */
export function headlineRows(group: Group) {
  const chosen = headlinePanels(group);
  return {
    rows: chosen.flatMap(({ sizes }) => sizes[0]?.rows ?? []),
    windows: chosen.map(({ window }) => window),
    filter: `${group.filter} ${chosen[0]!.sizes[0]!.filter}`,
  };
}

export function nameOf({
  path,
  variant,
  stand_in,
  device_mode,
}: Pick<Row, "path" | "variant" | "stand_in" | "device_mode">): string {
  if (path === testerOnly) return testerOnly;
  return `${path} ${variant}${stand_in ? " †" : fallbackOf({ variant, device_mode })}`;
}

/** "ring †": marked where something stands in for the device. */
export function markedVariant({ variant, stand_in }: Pick<Row, "variant" | "stand_in">): string {
  return `${variant}${stand_in ? " †" : ""}`;
}

/** " (generic)": the mode that a variant fell back to where the driver has no native mode. */
export function fallbackOf({ variant, device_mode }: Pick<Row, "variant" | "device_mode">): string {
  const fellBack = device_mode.startsWith("generic") && !variant.includes("generic");
  return fellBack ? ` (${device_mode})` : "";
}
