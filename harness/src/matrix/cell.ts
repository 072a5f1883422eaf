/** From the config to cells: one cell is one point of the matrix. */

import { nullPath } from "../paths/all.ts";
import { type FrameSize, nameOfSize } from "./frame-size.ts";
import { isHardware, type Section } from "./section.ts";

export interface Cell {
  /**
   * "xdp/native/64B/burst64/flows1/window64", behind "guest/igb/instructions/" and the like where
   * it is not the host's lab, and before "/workers2" and the like where there are several: stable,
   * so that runs can be compared by it.
   */
  readonly id: string;
  /** Which section of the config it is of. */
  readonly section: number;
  readonly path: string;
  readonly variant: string;
  readonly frameBytes: FrameSize;
  readonly burst: number;
  readonly flows: number;
  readonly window: number;
  /** Forwarders that share the ports, a queue each. */
  readonly workers: number;
}

/**
 * Cells in the order of the table: by section, workers, window, frame size and flows, paths as the
 * config has them.
 */
export function expandMatrix(config: readonly Section[]): Cell[] {
  return config.flatMap(cellsOf);
}

function cellsOf(section: Section, index: number): Cell[] {
  const ways = Object.entries(section.paths).flatMap(([path, variants]) =>
    variants.map((variant) => ({ path, variant })),
  );
  return section.workers.flatMap((workers) =>
    section.windows.flatMap((window) =>
      section.frameBytes.flatMap((frameBytes) =>
        section.flows.flatMap((flows) =>
          ways.flatMap(({ path, variant }) => {
            // The null cell has no forwarder, hence no burst.
            const bursts = path === nullPath ? section.bursts.slice(0, 1) : section.bursts;
            return bursts.map((burst) => {
              const cell = {
                section: index,
                path,
                variant,
                frameBytes,
                burst,
                flows,
                window,
                workers,
              };
              return { id: nameCell(cell, section), ...cell };
            });
          }),
        ),
      ),
    ),
  );
}

function nameCell(cell: Omit<Cell, "id">, section: Section): string {
  const { place, machine, clock } = section;
  const { path, variant, frameBytes, burst, flows, window, workers } = cell;
  const where = isHardware(section)
    ? "hardware/"
    : place === "guest"
      ? `guest/${machine}/${clock}/`
      : "";
  const size = nameOfSize(frameBytes);
  return `${where}${path}/${variant}/${size}/burst${burst}/flows${flows}/window${window}${workers > 1 ? `/workers${workers}` : ""}`;
}

/** The clock that each cell is measured with, by the cell's name. */
export function clocksOf(config: readonly Section[]): ReadonlyMap<string, Section["clock"]> {
  return new Map(expandMatrix(config).map(({ id, section }) => [id, config[section]!.clock]));
}
