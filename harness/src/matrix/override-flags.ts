/** The flags that narrow a config or change it. */
import type { IommuMode } from "@iopath/lab/guest";
import type { AxisValues } from "./axis-list.ts";
import type { InterfacesFlags } from "./interfaces.ts";
import type { Planted } from "./planted.ts";

/** Values of each axis, by its flag. */
type AxisFlags = { readonly [Name in keyof AxisValues]?: AxisValues[Name][] };

export interface Overrides extends InterfacesFlags, AxisFlags {
  readonly place?: "host" | "guest";
  readonly machine?: string;
  readonly clock?: "wall" | "instructions";
  /** Each makes sections of its own. */
  readonly kernel?: string[];
  readonly iommu?: IommuMode;
  readonly pf?: string[];
  readonly vfs?: number;
  readonly path?: string[];
  readonly variant?: string[];
  readonly samples?: number;
  readonly rounds?: number;
  /** Percent. */
  readonly width?: number;
  /** Of `run` alone: a gate has a limit of its own. */
  readonly measureMinutes?: number;
  readonly rdmaDevice?: string[];
  readonly plantWork?: Planted;
  /** Of `run` alone: every section that counts instructions is profiled. */
  readonly profiles?: boolean;
}
