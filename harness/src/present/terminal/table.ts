/** The rows as tables for the terminal: the same figures as the CSV, one line per cell. */
import { max } from "simple-statistics";
import { paths, testerOnly } from "../../paths/all.ts";
import { reference } from "../../paths/loaders.ts";
import { conditionsOf, varying } from "../../rows/conditions.ts";
import { standInsOf } from "../../rows/derive.ts";
import { type Group, groupRows, otherKnobs } from "../../rows/groups.ts";
import { noiseText } from "../../rows/noise.ts";
import type { Row } from "../../rows/row.ts";
import { bar } from "./bar.ts";
import { draw, fittingFigures, nameColumns, widthOf } from "./columns.ts";
import { formatGlance } from "./glance.ts";
import { cut, type Paint, painter, paper, plainText, type Screen, wrapWords } from "./screen.ts";

/**
 * A table for each place, machine and clock, whose figures are never ranked together; what it says
 * follows.
 */
export function formatTable(rows: readonly Row[], screen: Screen = paper): string {
  if (rows.length === 0) return "This run has no rows.";
  const paint = painter(screen);
  const groups = groupRows(rows);
  const tables = groups.map((group) => formatGroup(group, screen, paint));
  const glance = rows.length > glanceFrom ? formatGlance(groups, screen) : "";
  const prose = legend(rows).map((line) => wrapWords(line, screen.width));
  return [...tables, paint("dim", prose.join("\n")), glance].filter(Boolean).join("\n\n");
}

/** Of fewer rows than these all are in sight at once. */
const glanceFrom = 24;

function formatGroup(group: Group, screen: Screen, paint: Paint): string {
  const { unit, mode } = group.first;
  const knobs = conditionsOf({ path: testerOnly }, varying(group.rows, otherKnobs));
  const blocks = Map.groupBy(group.rows, (row) => titleOf(row, knobs)).entries();
  const text = wrapWords(`class ${group.label} · ${unit}, ${mode}`, screen.width);
  const heading = paint(["bold", "underline"], text);
  const noise = wrapWords(noiseText(group.rows), screen.width);
  return [
    [heading, noise].filter(Boolean).join("\n"),
    ...[...blocks].map((block) => formatBlock(block, { group, screen, paint })),
  ].join("\n\n");
}

/** What all cells of a block have in common. What the tester alone does not have is a column. */
function titleOf(row: Row, knobs: readonly (keyof Row)[]): string {
  const size = row.frame_mix ? `frames of ${row.frame_mix}` : `${row.frame_bytes}-byte frames`;
  const others = knobs.map((knob) => `${knob} ${row[knob]}`);
  return [size, `window ${row.window}`, ...others].join(", ");
}

interface Context {
  readonly group: Group;
  readonly screen: Screen;
  readonly paint: Paint;
}

function formatBlock([title, rows]: [string, Row[]], context: Context): string {
  const { screen, paint, group } = context;
  const narrow = screen.width < narrowBelow;
  const names = nameColumns(group).slice(narrow ? 1 : 0);
  const nameWidth = widthOf(rows, names);
  const room = screen.width - nameWidth;
  const figures = fittingFigures(rows, group, room);
  const barCells = Math.min(barCellsMax, room - widthOf(rows, figures));
  const longest = max([1, ...rows.map(({ p50 }) => p50 ?? 0)]);
  const [head, ...lines] = draw(rows, [...names, ...figures]);
  const marked = rows.flatMap((row, i) => {
    const line = lines[i]!;
    const heading = narrow && row.path !== rows[i - 1]?.path ? [`${plainText(row.path)}:`] : [];
    if (row.p50 === null) {
      const why = paint("dim", cut(whyMissing(row), room));
      return [...heading, line.slice(0, nameWidth) + why];
    }
    const length = row.p50 / longest;
    return [
      ...heading,
      barCells < barCellsMin ? line : line + paint(colorOf(row), bar(length, barCells)),
    ];
  });
  const all = [paint("bold", title), paint("dim", head!.trimEnd()), ...marked];
  return all.map((line) => line.trimEnd()).join("\n");
}

/** Here a path stands on a line of its own, above its variants. */
const narrowBelow = 56;
/** Short ones say nothing. */
const barCellsMin = 6;
const barCellsMax = 24;

function whyMissing({ status, reason }: Row): string {
  return plainText(`${status}: ${reason.split("\n")[0]}`);
}

const pathColors = ["blue", "yellow", "green", "magenta", "red"] as const;

function colorOf({ path }: Row): (typeof pathColors)[number] | "gray" {
  if (path === testerOnly) return "gray";
  const known = paths.findIndex(({ name }) => name === path);
  return pathColors[Math.max(0, known) % pathColors.length]!;
}

const scalingLegend =
  "Scaling: frames per second of all workers together, divided by those of one worker.";

const surenessLegend =
  "±: half of the speed-up's 95 % interval over launches of fresh processes. Rank: rows whose intervals overlap share their places.";

function legend(rows: readonly Row[]): string[] {
  return [
    "Bar: p50, on a scale of its own in each block.",
    `Speed-up: p50 of ${reference.path}/${reference.variant} of the same block, divided by p50.`,
    ...(rows.some(({ speedup_low }) => speedup_low !== null) ? [surenessLegend] : []),
    `${testerOnly} is part of every other figure but those marked †.`,
    ...(rows.some(({ workers }) => workers > 1) ? [scalingLegend] : []),
    ...standInsOf(rows).map((text) => `† ${plainText(text)}`),
  ];
}
