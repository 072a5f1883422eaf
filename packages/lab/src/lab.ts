/** What a path brings along: where it can be measured, if not between network interfaces. */
import type { Class, Path } from "@iopath/contract";
import type { DevicesPlace } from "./place.ts";
import type { Testbed } from "./testbed.ts";

/** The lab of variants that name none: network interfaces at the ends of veth pairs. */
export const vethLabName = "veth";

/** A kind of ports, and how testbeds of it are made. */
export interface Lab {
  /** What its ports are, in words: "virtual functions of a card". */
  readonly ports: string;
  /** The machine of a guest that has them. */
  readonly machine: string;
  /** Makes a testbed of what that guest has; `resources` unmakes it. */
  open(resources: DisposableStack): Testbed;
  /** What of this host would do, for `iopath doctor`: "SR-IOV on ens1f0". */
  found(): string;
  /** How the user's own devices are measured; undefined where none can be named. */
  readonly devices?: LabDevices;
}

/** Places of the user's own devices. A lab that has this bears the name of the place's kind. */
export interface LabDevices {
  /** How they are named: "`--pf CARD`". */
  readonly flag: string;
  /** After which a trial on them is ended. */
  readonly trialLimitMs: number;
  /** @throws IopathError, exit status 3, for devices that are named wrong */
  check(place: DevicesPlace): void;
  classOf(place: DevicesPlace): Class;
  /** @throws IopathError when a device is missing */
  open(place: DevicesPlace, resources: DisposableStack): Testbed;
}

/** What the module of a path exports. */
export interface PathModule {
  readonly path: Path;
  /** By the names that its variants have in `lab`. */
  readonly labs?: Readonly<Record<string, Lab>>;
}
