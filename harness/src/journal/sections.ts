/** The sections of a run, each with what belongs to it. A journal has these as parallel lists. */
import { type Cell, expandMatrix } from "../matrix/cell.ts";
import type { Section } from "../matrix/section.ts";
import type { Provenance, RunEvent } from "./events.ts";

export interface SectionOfRun {
  /** Its number in the config, which its events have. */
  readonly index: number;
  readonly section: Section;
  readonly provenance: Provenance;
  readonly cells: readonly Cell[];
}

export function sectionsOfRun({
  config,
  grounds,
}: Pick<RunEvent, "config" | "grounds">): SectionOfRun[] {
  const cells = Map.groupBy(expandMatrix(config), ({ section }) => section);
  return config.map((section, index) => {
    return { index, section, provenance: grounds[index]!, cells: cells.get(index) ?? [] };
  });
}
