/**
 * Variants `-drop`: packet sockets whose frames end behind the socket. A packet socket gets a copy
 * of each frame, and the kernel goes on with the frame itself: IP looks up a route for it, only to
 * drop it. A program at the ingress hook of traffic control, which lies next behind the sockets
 * (__netif_receive_skb_core() of net/core/dev.c), drops it before.
 */
import { type PolledPath, type PortSpec, pathWith } from "@iopath/contract";
import { dropBehindSockets } from "@iopath/lab";

type Ports = readonly [PortSpec, PortSpec];

/** What arrives at the ingress reaches packet sockets and ARP alone, while the path is open. */
export function dropBehind(ports: Ports, open: (ports: Ports) => PolledPath): PolledPath {
  using opening = new DisposableStack();
  const inner = opening.use(open(ports));
  const { hook, attachment } = dropBehindSockets(ports[0].device);
  opening.use(attachment);
  return pathWith(inner, opening.move(), hook);
}
