/** The last lines of a long table: each path's cheapest variant against the reference of its place. */
import { max } from "simple-statistics";
import { glanceOf, type PathLine } from "../report/glance.ts";
import { formatFigure, formatRatio, type Group } from "../report/groups.ts";
import { bar } from "./bar.ts";
import { cut, painter, plainText, type Screen } from "./screen.ts";

const barCells = 24;
const gap = "  ";

/** A block a group: what is in two of them is not to be ranked. Empty where there is nothing but the tester. */
export function formatGlance(groups: readonly Group[], screen: Screen): string {
  const paint = painter(screen);
  const blocks = groups.flatMap((group) => {
    const glance = glanceOf(group);
    if (!glance) return [];
    const heading = paint("bold", `class ${group.label}`);
    const lines = fields(glance.lines);
    const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((line) => line[i]!.length)));
    const longest = max([1, ...glance.lines.map(ratioOf)]);
    const room = screen.width - widths.reduce((sum, width) => sum + width + gap.length, 0);
    const drawn = lines.map(([path, variant, cost, ratio], i) => {
      const text = [
        path!.padEnd(widths[0]!),
        variant!.padEnd(widths[1]!),
        cost!.padStart(widths[2]!),
      ];
      const line = [...text, ratio!.padStart(widths[3]!)].join(gap);
      const cells = Math.min(barCells, room);
      const part = bar(ratioOf(glance.lines[i]!) / longest, Math.max(0, cells));
      return cut(`${line}${gap}${part}`.trimEnd(), screen.width);
    });
    return [[heading, paint("dim", cut(glance.scope, screen.width)), ...drawn].join("\n")];
  });
  if (blocks.length === 0) return "";
  const title =
    "Each path's cheapest variant, as many times as cheap as the reference of its place";
  return [paint(["bold", "underline"], title), ...blocks].join("\n\n");
}

function ratioOf({ best }: PathLine): number {
  return best?.speedup_over_reference ?? 0;
}

/** Path, variant, cost, ratio. */
function fields(lines: readonly PathLine[]): string[][] {
  return lines.map(({ path, best, missing }) => [
    plainText(path),
    plainText(best ? `${best.variant}${best.stand_in ? " †" : ""}` : missing),
    best ? formatFigure(best.p50!) : "",
    best ? formatRatio(best.speedup_over_reference) : "",
  ]);
}
