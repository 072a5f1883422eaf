/** The flags that narrow a config or change it. */
import type { AxisValues } from "./axis-list.ts";
import type { InterfacesFlags } from "./interfaces.ts";
import type { Planted } from "./planted.ts";

/** Values of each axis, by its flag. */
type AxisFlags = { readonly [Name in keyof AxisValues]?: AxisValues[Name][] };

export interface Overrides extends InterfacesFlags, AxisFlags {
  readonly place?: "host" | "guest";
  readonly machine?: string;
  readonly clock?: "wall" | "instructions";
  readonly pf?: string[];
  readonly vfs?: number;
  readonly path?: string[];
  readonly variant?: string[];
  readonly samples?: number;
  readonly rounds?: number;
  readonly rdmaDevice?: string[];
  readonly plantWork?: Planted;
}
