/**
 * Rows that may be set side by side: one group a class, place, machine and clock, one panel a
 * window in it.
 */
import { nullPath } from "../paths/all.ts";
import type { Row } from "./row.ts";

/** Figures of one group can be compared with each other, and with none of another. */
export interface Group {
  /** "virtual · place host · clock wall": stands beside every figure. */
  readonly label: string;
  /** For file names and anchors: "virtual-host-wall". */
  readonly slug: string;
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
    const { class: kind, place, machine, clock } = first;
    const where = machine ? `place ${place} · machine ${machine}` : `place ${place}`;
    const panels: Panel[] = [];
    const group: Group = {
      label: `${kind} · ${where} · clock ${clock}`,
      slug: [kind, place, machine, clock].filter(Boolean).join("-"),
      filter: [
        `class=${kind}`,
        `place=${place}`,
        ...(machine ? [`machine=${machine}`] : []),
        `clock=${clock}`,
      ].join(" "),
      first,
      rows: members,
      panels,
    };
    panels.push(...panelsOf(group));
    return group;
  });
}

/** Rows of one key were measured at one place with one clock, and can be ranked together. */
export function keyOfGroup({ class: kind, place, machine, clock }: Row): string {
  return [kind, place, machine, clock].join(" ");
}

/** Columns besides window and size that tell the cells of one variant apart. */
export const otherKnobs = ["burst", "flows", "workers"] as const;

function panelsOf(group: Group): Panel[] {
  const forwarding = group.rows.filter(({ path }) => path !== nullPath);
  const shown = forwarding.length > 0 ? forwarding : group.rows;
  const knobs = otherKnobs.filter((knob) => new Set(shown.map((row) => row[knob])).size > 1);
  const keyed = Map.groupBy(shown, (row) =>
    ["window" as const, ...otherKnobs].map((name) => row[name]).join(" "),
  );
  return [...keyed.values()].map((members) => {
    const first = members[0]!;
    const names = ["window", ...knobs] as const;
    return {
      label: names.map((name) => `${name} ${first[name]}`).join(", "),
      slug: [group.slug, ...names.map((name) => `${name}${first[name]}`)].join("-"),
      filter: [group.filter, ...names.map((name) => `${name}=${first[name]}`)].join(" "),
      window: first.window,
      others: otherKnobs.map((name) => `${name} ${first[name]}`).join(", "),
      sizes: sizesOf(withNull(members, group.rows)),
      group,
    };
  });
}

/** The tester alone has no burst: its rows belong beside those of every burst. */
function withNull(members: readonly Row[], rows: readonly Row[]): Row[] {
  const first = members[0]!;
  const shared = ["window" as const, ...otherKnobs.filter((knob) => knob !== "burst")];
  const alone = rows.filter(
    (row) => row.path === nullPath && shared.every((knob) => row[knob] === first[knob]),
  );
  return [...alone, ...members.filter(({ path }) => path !== nullPath)];
}

function sizesOf(rows: readonly Row[]): Size[] {
  const keyed = Map.groupBy(rows, (row) => row.frame_mix || `${row.frame_bytes}B`);
  return [...keyed]
    .map(([name, members]): Size => {
      const { frame_bytes: frameBytes, frame_mix: mix } = members[0]!;
      const filter = mix ? `frame_mix=${mix}` : `frame_bytes=${frameBytes}`;
      return { frameBytes, name, label: mix || `${frameBytes} bytes`, filter, rows: members };
    })
    .sort((a, b) => a.frameBytes - b.frameBytes);
}

/** One size, burst, number of flows and the like; the lowest and the highest window. */
export function headlineRows({ panels, filter }: Group) {
  const first = panels[0]!;
  const alike = panels.filter(({ others }) => others === first.others);
  const ascending = alike.toSorted((a, b) => a.window - b.window);
  const chosen = [...new Set([ascending[0]!, ascending.at(-1)!])];
  return {
    rows: chosen.flatMap(({ sizes }) => sizes[0]?.rows ?? []),
    windows: chosen.map(({ window }) => window),
    filter: `${filter} ${first.sizes[0]!.filter}`,
  };
}

export function nameOf({
  path,
  variant,
  stand_in,
  device_mode,
}: Pick<Row, "path" | "variant" | "stand_in" | "device_mode">): string {
  if (path === nullPath) return "null (tester alone)";
  return `${path} ${variant}${stand_in ? " †" : fallbackOf({ variant, device_mode })}`;
}

/**
 * Where a driver has no native mode, a variant that prefers it ran in another: that is told by its
 * name.
 */
export function fallbackOf({ variant, device_mode }: Pick<Row, "variant" | "device_mode">): string {
  const fellBack = device_mode.startsWith("generic") && !variant.includes("generic");
  return fellBack ? ` (${device_mode})` : "";
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Nanoseconds or instructions as they are read: digits in threes, no fractions. */
export function formatFigure(value: number): string {
  return whole.format(value);
}

export function formatRatio(value: number | null): string {
  return value === null ? "" : `${value.toFixed(2)}×`;
}
