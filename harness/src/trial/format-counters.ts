/** A forwarder's counters as people read them. */
import type { Counters, Forwarder } from "@iopath/contract";

/** "received 5  sent 4  unsent 0  dropped 1 (ttl 1)", and what else went wrong. */
export function formatCounters(
  counters: Counters,
  { reasons }: Pick<Forwarder["workload"], "reasons">,
): string {
  const { received, sent, unsent, dropped, droppedUntold = 0 } = counters;
  const drops = reasons
    .map((reason, i) => [reason, dropped[i]!] as const)
    .filter(([, count]) => count > 0);
  const total = drops.reduce((sum, [, count]) => sum + count, 0);
  const why = drops.map(([reason, count]) => `${reason} ${count}`).join(", ");
  const dropsInWords = why ? `dropped ${total} (${why})` : `dropped ${droppedUntold}`;
  const { overflowed = 0, refused = {} } = counters;
  const refusals = Object.entries(refused).map(([errno, count]) => `${errno} ${count}`);
  return [
    `received ${received}  sent ${sent}  unsent ${unsent}  ${dropsInWords}`,
    ...(overflowed > 0 ? [`no room for ${overflowed}`] : []),
    ...(refusals.length > 0 ? [`refused ${refusals.join(", ")}`] : []),
  ].join("  ");
}
