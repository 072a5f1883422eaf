/** The profiles of a run, as its journal has them. */

import type { ProfiledCost } from "../journal/events.ts";
import type { Journal } from "../journal/journal.ts";

/** By the cell's id; none of a cell whose profile could not be made. */
export type ProfiledCosts = ReadonlyMap<string, ProfiledCost>;

export function profilesOfRun({ events }: Pick<Journal, "events">): ProfiledCosts {
  const found = new Map<string, ProfiledCost>();
  for (const event of events) {
    if (event.event !== "profile") continue;
    if ("problem" in event.profile) found.delete(event.cell);
    else found.set(event.cell, event.profile);
  }
  return found;
}
