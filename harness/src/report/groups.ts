/** Rows that may be set side by side: one group a class, place, machine and clock, one panel a window in it. */
import { nullPath } from "../paths.ts";
import type { Row } from "../row.ts";

/** Figures of one group can be compared with each other, and with none of another. */
export interface Group {
  /** "virtual · place host · clock wall": stands beside every figure. */
  readonly label: string;
  readonly first: Row;
  readonly rows: readonly Row[];
  readonly panels: readonly Panel[];
}

/** Cells that differ in path, variant and frame size only. */
export interface Panel {
  readonly label: string;
  /** For file names and anchors. */
  readonly slug: string;
  /** What chooses its rows in the page's table: "window=64". */
  readonly filter: string;
  readonly sizes: readonly Size[];
  readonly group: Group;
}

export interface Size {
  readonly frameBytes: number;
  readonly rows: readonly Row[];
}

export function groupRows(rows: readonly Row[]): Group[] {
  const keyed = Map.groupBy(rows, keyOfGroup);
  return [...keyed.values()].map((members) => {
    const first = members[0]!;
    const { place, machine, clock } = first;
    const where = machine ? `place ${place} · machine ${machine}` : `place ${place}`;
    const label = `${first.class} · ${where} · clock ${clock}`;
    const panels: Panel[] = [];
    const group: Group = { label, first, rows: members, panels };
    panels.push(...panelsOf(group));
    return group;
  });
}

/** Rows of one key were measured at one place with one clock, and can be ranked together. */
export function keyOfGroup({ class: kind, place, machine, clock }: Row): string {
  return [kind, place, machine, clock].join(" ");
}

function panelsOf(group: Group): Panel[] {
  const forwarding = group.rows.filter(({ path }) => path !== nullPath);
  const shown = forwarding.length > 0 ? forwarding : group.rows;
  const knobs = (["burst", "flows"] as const).filter(
    (knob) => new Set(shown.map((row) => row[knob])).size > 1,
  );
  const keyed = Map.groupBy(shown, (row) => [row.window, row.burst, row.flows].join(" "));
  return [...keyed.values()].map((members) => {
    const first = members[0]!;
    const names = ["window", ...knobs] as const;
    const { class: kind, place, machine, clock } = group.first;
    const where = [place, machine].filter(Boolean);
    const slug = [kind, ...where, clock, ...names.map((name) => `${name}${first[name]}`)].join("-");
    return {
      label: names.map((name) => `${name} ${first[name]}`).join(", "),
      slug,
      filter: [
        `class=${kind}`,
        ...(machine ? [`machine=${machine}`] : []),
        ...names.map((name) => `${name}=${first[name]}`),
      ].join(" "),
      sizes: sizesOf(withNull(members, group.rows)),
      group,
    };
  });
}

/** The tester alone has no burst: its rows belong beside those of every burst. */
function withNull(members: readonly Row[], rows: readonly Row[]): Row[] {
  const { window, flows } = members[0]!;
  const alone = rows.filter(
    (row) => row.path === nullPath && row.window === window && row.flows === flows,
  );
  return [...alone, ...members.filter(({ path }) => path !== nullPath)];
}

function sizesOf(rows: readonly Row[]): Size[] {
  const keyed = Map.groupBy(rows, (row) => row.frame_bytes);
  return [...keyed]
    .sort(([a], [b]) => a - b)
    .map(([frameBytes, members]) => ({ frameBytes, rows: members }));
}

export function nameOf({
  path,
  variant,
  stand_in,
}: Pick<Row, "path" | "variant" | "stand_in">): string {
  return path === nullPath ? "null (tester alone)" : `${path} ${variant}${stand_in ? " †" : ""}`;
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Nanoseconds or instructions as they are read: digits in threes, no fractions. */
export function formatFigure(value: number): string {
  return whole.format(value);
}

export function formatRatio(value: number | null): string {
  return value === null ? "" : `${value.toFixed(2)}×`;
}
