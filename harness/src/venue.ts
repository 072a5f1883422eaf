/** Where the trials of a run are made: on this host, or in a guest of its own. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Config } from "./config.ts";
import type { TrialResult } from "./trial/request.ts";

/** A trial request without what its venue knows: place, CPU and parent. */
export interface TrialOrder {
  readonly role: string;
  readonly path: string;
  readonly [field: string]: unknown;
}

export interface Venue extends Disposable {
  /** Makes one trial. Whatever happens to the trial, it answers. */
  order(order: TrialOrder): Promise<TrialResult>;
}

/** The path whose ports are functions of a card; all others have a veth pair. */
export const cardPath = "sriov-vf";

/** @throws IopathError when there is no such place: no root, no guest, an interface that is not to be had */
export async function openVenue(config: Config, signal: AbortSignal): Promise<Venue> {
  const { place, clock, hardware, cpu } = config;
  const chosen = cpu === undefined ? {} : { cpu };
  if (place === "guest") {
    if (hardware) throw usageError("--ports names interfaces of the host, and the place is guest");
    const { GuestVenue } = await import("./guest/venue.ts");
    return new GuestVenue({ clock, paths: Object.keys(config.paths), signal, ...chosen });
  }
  if (clock !== "wall")
    throw usageError("the host has no instruction clock; `--place guest` has one");
  const { HostVenue } = await import("./host-venue.ts");
  return new HostVenue({ hardware, signal, ...chosen });
}

function usageError(message: string): IopathError {
  return new IopathError(ExitStatus.usage, message);
}
