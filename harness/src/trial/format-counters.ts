/** A forwarder's counters as people read them. */
import { type Counters, dropReasons } from "@iopath/contract";

/** "received 5  sent 4  unsent 0  dropped 1 (ttl 1)", and what else went wrong. */
export function formatCounters(counters: Counters): string {
  const { received, sent, unsent, dropped, droppedUntold = 0 } = counters;
  const reasons = dropReasons
    .map((reason, i) => [reason, dropped[i]!] as const)
    .filter(([, count]) => count > 0);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(", ");
  const drops = why ? `dropped ${total} (${why})` : `dropped ${droppedUntold}`;
  const { overflowed = 0, refused = {} } = counters;
  const refusals = Object.entries(refused).map(([errno, count]) => `${errno} ${count}`);
  return [
    `received ${received}  sent ${sent}  unsent ${unsent}  ${drops}`,
    ...(overflowed > 0 ? [`no room for ${overflowed}`] : []),
    ...(refusals.length > 0 ? [`refused ${refusals.join(", ")}`] : []),
  ].join("  ");
}
