/** A figure with a line per cell, on an axis that begins at 0. */
import * as Plot from "@observablehq/plot";
import { drawFigure, type Figure, type FigureText, labelWidth, rowHeight } from "./figure.ts";
import { cellLines, columnMarks, type Line, labelMarks, type NumberColumn } from "./lines.ts";
import { formatTick } from "./scale.ts";

interface LinesFigure {
  readonly text: FigureText;
  readonly lines: readonly Line[];
  /** Where the axis ends, about. */
  readonly highest: number;
  /** Marks at the figures; names, numbers and grid are drawn around them. */
  readonly marks: readonly Plot.Markish[];
  readonly columns: readonly NumberColumn[];
  /** Right of the plot, for the columns of numbers. */
  readonly marginRight: number;
}

export function linesFigure({
  text,
  lines,
  highest,
  marks,
  columns,
  marginRight,
}: LinesFigure): Figure {
  return drawFigure(text, {
    height: lines.length * rowHeight + 46,
    marginLeft: labelWidth,
    marginRight,
    marginTop: 22,
    marginBottom: 24,
    x: {
      domain: [0, Math.max(1, highest) * 1.04],
      label: null,
      ticks: 3,
      tickFormat: formatTick,
      tickSize: 0,
    },
    y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
    marks: [
      Plot.gridX({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      ...marks,
      ...labelMarks(lines),
      ...columnMarks(cellLines(lines), columns),
    ],
  });
}
