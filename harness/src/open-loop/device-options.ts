/** What a device of an open loop is asked to be. */
import type { Path, Variant } from "@iopath/contract";
import type { Interfaces } from "@iopath/lab";
import type { Planted } from "../matrix/planted.ts";
import type { FarTester } from "./far/far-tester.ts";
import type { Placement } from "./placement.ts";

export interface DeviceOptions {
  readonly path: Path;
  readonly variant: Variant;
  readonly workload: string;
  readonly frameBytes: number;
  readonly burst: number;
  readonly placement: Placement;
  /** Whether tester and forwarder have real-time priority while frames are sent. */
  readonly realtime: boolean;
  /** Interfaces that are there, in place of the lab. */
  readonly interfaces?: Interfaces;
  /** A tester on another machine, which its interfaces are on; connects to it. */
  readonly far?: () => Promise<FarTester>;
  /** Needless work of forwarder and generator, to test whether the bound is named correctly. */
  readonly planted?: Planted;
  readonly needlessLooks?: number;
  readonly signal: AbortSignal;
}
