/**
 * The last lines of a long table: each path's cheapest variant against the reference of its place.
 */
import { max } from "simple-statistics";
import { glanceOf, namesOfCheapest, type PathLine } from "../../rows/glance.ts";
import type { Group } from "../../rows/groups.ts";
import { formatFigure, formatRatio } from "../number-format.ts";
import { bar } from "./bar.ts";
import { cut, painter, plainText, type Screen, wrapWords } from "./screen.ts";

const barCells = 24;
const gap = "  ";

const title =
  "Each path's cheapest variant (several where none is surely the cheapest), and its speed-up over the reference";

/**
 * A block per group: what is in two of them is not to be ranked. Empty where there is nothing but
 * the tester.
 */
export function formatGlance(groups: readonly Group[], screen: Screen): string {
  const paint = painter(screen);
  const blocks = groups.flatMap((group) => {
    const glance = glanceOf(group);
    if (!glance) return [];
    const heading = paint("bold", `class ${group.label}`);
    const scope = paint("dim", cut(glance.scope, screen.width));
    return [[heading, scope, ...linesOf(glance.lines, screen)].join("\n")];
  });
  return blocks.length > 0
    ? [paint(["bold", "underline"], wrapWords(title, screen.width)), ...blocks].join("\n\n")
    : "";
}

function linesOf(lines: readonly PathLine[], screen: Screen): string[] {
  const texts = lines.map(fieldsOf);
  const widths = [0, 1, 2, 3].map((i) => Math.max(...texts.map((text) => text[i]!.length)));
  const room = screen.width - widths.reduce((sum, width) => sum + width + gap.length, 0);
  const cells = Math.max(0, Math.min(barCells, room));
  const longest = max([1, ...lines.map(ratioOf)]);
  return lines.map((line, i) => {
    const padded = texts[i]!.map((text, column) =>
      column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
    );
    const drawn = [...padded, bar(ratioOf(line) / longest, cells)].join(gap);
    return cut(drawn.trimEnd(), screen.width);
  });
}

function ratioOf({ best }: PathLine): number {
  return best?.speedup_over_reference ?? 0;
}

/** Path, variant, cost, ratio. */
function fieldsOf(line: PathLine): string[] {
  const { path, best } = line;
  return [
    plainText(path),
    plainText(namesOfCheapest(line)),
    best ? formatFigure(best.p50!) : "",
    best ? formatRatio(best.speedup_over_reference) : "",
  ];
}
