/** Receive queues of a port that no forwarder takes frames from, in words: frames may be there. */
import type { Variant } from "@iopath/contract";
import { isPciAddress, type Testbed } from "@iopath/lab";
import { inNamespace, receiveQueues } from "@iopath/native";

/**
 * Undefined where the forwarders receive from all queues of their port, or where it is a function
 * of a card, which has as many as they ask for.
 */
export function missedQueues(
  { takesOneQueue }: Pick<Variant, "takesOneQueue">,
  { ports: [{ device }], forwarderNamespace }: Testbed,
  workers: number,
): string | undefined {
  if (!takesOneQueue || isPciAddress(device)) return undefined;
  const queues = inNamespace(forwarderNamespace, () => receiveQueues(device));
  if (queues <= workers) return undefined;
  const taken = workers === 1 ? "queue 0 alone" : `the first ${workers}`;
  const one = `\`ethtool -L ${device} combined ${workers}\``;
  return (
    `${device} has ${queues} receive queues, and the forwarder takes frames from ${taken}: ` +
    `leave it as many with ${one}, or measure \`--workers ${queues}\``
  );
}
