/**
 * A testbed: the two ports of a forwarder and the tester's two interfaces, with the wires between
 * them. Plain data, so that it can be handed to a trial process as JSON. Labs make one; others are
 * found.
 */
import type { Class, PortSpec, WireLimits } from "@iopath/contract";

/** The far end of a forwarder's port, where the tester sits. */
export interface WireEnd {
  readonly device: string;
  readonly mac: string;
  readonly ipv4: string;
}

export interface Testbed {
  readonly class: Class;
  /**
   * Whether others use its interfaces too: frames that are not the tester's may arrive, and
   * settings are the user's. Never so in a lab.
   */
  readonly shared?: boolean;
  /**
   * Whether its wires are links of cards, which may take seconds to come up: many drivers restart
   * them when an XDP program comes or goes.
   */
  readonly hasLinks?: boolean;
  /** Names of ip-netns(8); undefined is the namespace that iopath was started in. */
  readonly testerNamespace?: string;
  readonly forwarderNamespace?: string;
  /** Asked for with `--force`: the ports may carry a default route. */
  readonly defaultRouteAllowed?: boolean;
  /** [ingress, egress] */
  readonly ports: readonly [PortSpec, PortSpec];
  /** What the ports' wires lead to, in the same order. */
  readonly wires: readonly [WireEnd, WireEnd];
  /** Where the wires don't carry every frame as it is. */
  readonly limits?: WireLimits;
}
