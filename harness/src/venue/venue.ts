/** Where the trials of a section are made: on this host, or in a guest of its own. */
import { findGuestMachine } from "@iopath/lab/guest";
import type { Where } from "../matrix/section.ts";
import type { TrialResult } from "../trial/request.ts";

/** A trial request without what its venue knows: place, CPU and parent. */
export interface TrialOrder {
  readonly role: string;
  readonly path: string;
  readonly variant: string;
  readonly workers?: number;
  readonly [field: string]: unknown;
}

export interface Venue extends Disposable {
  /** Makes one trial. Whatever happens to the trial, it answers. */
  order(order: TrialOrder): Promise<TrialResult>;
}

/**
 * @param trialLimitMs after which a trial is ended; the venue's own when it is not said
 * @throws IopathError when there is no such place: no root, no guest, an interface that is not to
 *   be had
 */
export async function openVenue(
  where: Where,
  signal: AbortSignal,
  trialLimitMs?: number,
): Promise<Venue> {
  const { place, machine, clock, paths, hardware, card, rdmaDevices, cpu } = where;
  const chosen = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(trialLimitMs === undefined ? {} : { trialLimitMs }),
  };
  if (place === "guest") {
    const { GuestVenue } = await import("./guest.ts");
    const guest = { clock, machine: findGuestMachine(machine) };
    return new GuestVenue({ ...guest, paths, signal, ...chosen });
  }
  if (rdmaDevices) {
    const { VerbsVenue } = await import("./verbs.ts");
    return new VerbsVenue({ devices: rdmaDevices, signal, ...chosen });
  }
  if (card) {
    const { CardVenue } = await import("./card.ts");
    return new CardVenue({ card, signal, ...chosen });
  }
  const { HostVenue } = await import("./host.ts");
  return new HostVenue({ hardware, signal, ...chosen });
}
