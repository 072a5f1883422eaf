/** A place: where a cell runs. Plain data, so that it can be handed to a trial process as JSON. */
import type { Class, PortSpec, WireLimits } from "@iopath/contract";

/** The far end of a forwarder's port, where the tester sits. */
export interface WireEnd {
  readonly device: string;
  readonly mac: string;
  readonly ipv4: string;
}

export interface Place {
  readonly name: "host" | "guest" | "hardware";
  readonly class: Class;
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
