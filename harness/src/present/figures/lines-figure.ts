/** A figure with a line per cell. */
import * as Plot from "@observablehq/plot";
import { drawFigure, type Figure, type FigureText, labelWidth, rowHeight } from "./figure.ts";
import { cellLines, columnMarks, type Line, labelMarks, type NumberColumn } from "./lines.ts";
import { type CostAxis, costScale } from "./scale.ts";

interface LinesFigure {
  readonly text: FigureText;
  readonly lines: readonly Line[];
  readonly axis: CostAxis;
  /** Marks at the figures; names, numbers and grid are drawn around them. */
  readonly marks: readonly Plot.Markish[];
  readonly columns: readonly NumberColumn[];
  /** Right of the plot, for the columns of numbers. */
  readonly marginRight: number;
}

export function linesFigure({
  text,
  lines,
  axis,
  marks,
  columns,
  marginRight,
}: LinesFigure): Figure {
  const x = costScale(axis);
  return drawFigure(text, {
    height: lines.length * rowHeight + 46,
    marginLeft: labelWidth,
    marginRight,
    marginTop: 22,
    marginBottom: 24,
    x,
    y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
    marks: [
      Plot.gridX({ ticks: x.ticks, stroke: "var(--line)", strokeOpacity: 1 }),
      ...marks,
      ...labelMarks(lines),
      ...columnMarks(cellLines(lines), columns),
    ],
  });
}
