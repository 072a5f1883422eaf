/**
 * Makes a device merge the datagrams that arrive on it. Two things must be so, and are put back as
 * they were when it is disposed of, or after SIGKILL at the next start:
 * - generic receive offload is on, for UDP too (a veth port merges nothing else that sockets sent);
 * - the kernel looks at arrivals some time after the first rather than at each
 *   (napi_defer_hard_irqs and gro_flush_timeout, Documentation/networking/napi.rst): one that is
 *   looked at alone can't be merged. This is what interrupt moderation does on a network card.
 */
import { changeSetting, turnFeatureOn } from "@iopath/lab";

const features = ["rx-gro", "rx-udp-gro-forwarding"] as const;

/**
 * Time for a burst to arrive in. A forwarder that polls with SO_BUSY_POLL looks earlier by itself,
 * so this bounds what a frame can wait and is not what it does wait; a shorter time only has its
 * timer go off while bursts are on their way.
 */
const gatherNs = 2_000_000;

export function openReceiveMerging(device: string): Disposable {
  using opening = new DisposableStack();
  for (const feature of features) opening.use(turnFeatureOn(device, feature));
  opening.use(changeSetting(device, "gro_flush_timeout", gatherNs));
  opening.use(changeSetting(device, "napi_defer_hard_irqs", 1));
  return opening.move();
}
