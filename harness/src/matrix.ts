/** From the config to cells: one cell is one point of the matrix. */
import type { Config } from "./config.ts";
import { type FrameSize, nameOfSize } from "./frame-size.ts";
import { nullPath } from "./paths.ts";

export interface Cell {
  /** "xdp/native/64B/burst64/flows1/window64": stable, so that runs can be compared by it. */
  readonly id: string;
  readonly path: string;
  readonly variant: string;
  readonly frameBytes: FrameSize;
  readonly burst: number;
  readonly flows: number;
  readonly window: number;
}

/** Cells in the order of the table: by window, frame size and flows, paths as the config has them. */
export function expandMatrix(config: Config): Cell[] {
  const ways = Object.entries(config.paths).flatMap(([path, variants]) =>
    variants.map((variant) => ({ path, variant })),
  );
  return config.windows.flatMap((window) =>
    config.frameBytes.flatMap((frameBytes) =>
      config.flows.flatMap((flows) =>
        ways.flatMap(({ path, variant }) => {
          // The null cell has no forwarder, hence no burst.
          const bursts = path === nullPath ? config.bursts.slice(0, 1) : config.bursts;
          return bursts.map((burst) =>
            newCell({ path, variant, frameBytes, burst, flows, window }),
          );
        }),
      ),
    ),
  );
}

function newCell(cell: Omit<Cell, "id">): Cell {
  const { path, variant, frameBytes, burst, flows, window } = cell;
  const size = nameOfSize(frameBytes);
  const id = `${path}/${variant}/${size}/burst${burst}/flows${flows}/window${window}`;
  return { id, ...cell };
}
