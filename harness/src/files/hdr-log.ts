/**
 * `samples.hlog`: the samples of each cell as a line of an HdrHistogram log (format 1.3), tagged
 * with the cell.
 */
import { build, type Histogram, HistogramLogWriter } from "hdr-histogram-js";
import type { RunEvent } from "../journal/events.ts";
import type { Row } from "../rows/row.ts";
import type { SamplesByCell } from "../rows/samples.ts";
import { WholeFile } from "./files.ts";

export const hdrLogName = "samples.hlog";

/**
 * A histogram holds whole numbers: thousandths of the unit keep what a burst's frame costs exact to
 * 3 digits.
 */
export const hdrScale = 1000;
const digits = 3;

export function writeHdrLog(
  file: string,
  { startedAt }: Pick<RunEvent, "startedAt">,
  { rows, samples }: { rows: readonly Row[]; samples: SamplesByCell },
): void {
  const writing = new WholeFile(file);
  try {
    const log = new HistogramLogWriter((text) => writing.write(text));
    log.outputLogFormatVersion();
    log.outputComment(`[values are thousandths of ${unitsOf(rows)}; Interval_Max is in that unit]`);
    log.outputComment(
      "[one line per cell, all its trials pooled; the journal keeps no time per trial]",
    );
    log.outputComment(
      `[StartTime: ${Date.parse(startedAt) / 1000} (seconds since epoch), ${startedAt}]`,
    );
    log.outputLegend();
    const histogram = emptyHistogram(samples);
    for (const { cell } of rows) {
      const trials = samples.get(cell);
      if (!trials) continue;
      fill(histogram, cell, trials);
      log.outputIntervalHistogram(histogram, 0, 0, hdrScale);
    }
    writing.finish();
  } catch (cause) {
    throw writing.giveUp(cause);
  }
}

function unitsOf(rows: readonly Row[]): string {
  return [...new Set(rows.map(({ unit }) => unit))].join(" and of ") || "nothing";
}

/** One for all cells, reset for each: large enough for the slowest sample of all. */
function emptyHistogram(samples: SamplesByCell): Histogram {
  let slowest = 2;
  for (const trials of samples.values()) {
    for (const ascending of trials) slowest = Math.max(slowest, ascending.at(-1) ?? 0);
  }
  const highestTrackableValue = Math.ceil(2 * slowest * hdrScale);
  return build({ numberOfSignificantValueDigits: digits, highestTrackableValue });
}

function fill(histogram: Histogram, cell: string, trials: readonly (readonly number[])[]): void {
  histogram.reset();
  for (const values of trials) {
    for (const value of values) histogram.recordValue(Math.round(value * hdrScale));
  }
  // A comma or a line end in it would end the tag's field.
  histogram.tag = cell.replaceAll(/[,\s]/g, "_");
}
