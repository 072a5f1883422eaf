/** Variants on the network device that the kernel's own driver makes of a virtual function. */
import { writeFileSync } from "node:fs";
import { type OpenOptions, type PolledPath, type PortSpec, pathWith } from "@iopath/contract";
import { dropBehind, openPacketPath } from "@iopath/kernel-sockets";
import { bindKernelDriver, netdevOf, stopRouting, turnFeatureOff, XdpRefusal } from "@iopath/lab";
import { afXdpDefaults, openAfXdp } from "@iopath/xdp";
import { bringUpFunctions } from "./link.ts";

type Ports = readonly [PortSpec, PortSpec];

export function openPacketMmsg(ports: Ports, options: OpenOptions): PolledPath {
  return onNetdevs(ports, (netdevs) => openPackets(netdevs, options));
}

/** With a program behind the socket that drops frames before IP sees them. */
export function openPacketMmsgDrop(ports: Ports, options: OpenOptions): PolledPath {
  return onNetdevs(ports, (netdevs) => dropBehind(netdevs, (own) => openPackets(own, options)));
}

function openPackets(netdevs: Ports, { burst, workload }: OpenOptions): PolledPath {
  const tagged = workload.forwardsTagged ? "dropped" : "marked";
  return openPacketPath(netdevs, burst, undefined, tagged);
}

/** Native where the driver has it, generic else; igbvf has none. */
export function openAfXdpOnVf(ports: Ports): PolledPath {
  return onNetdevs(ports, (netdevs) => {
    try {
      return openAfXdp(netdevs, afXdpDefaults);
    } catch (error) {
      if (!(error instanceof XdpRefusal && error.ofDriver)) throw error;
      return openAfXdp(netdevs, { ...afXdpDefaults, mode: "generic" });
    }
  });
}

/** Binds both functions to the kernel's drivers for as long as the path is open. */
function onNetdevs(ports: Ports, open: (netdevs: Ports) => PolledPath): PolledPath {
  using opening = new DisposableStack();
  const netdevs = ports.map((port) => {
    opening.use(bindKernelDriver(port.device));
    const device = netdevOf(port.device);
    silence(device);
    // A host that routes would send its copies of our frames on by its routes.
    opening.use(stopRouting(device));
    // Merged segments of TCP are no frames that came.
    opening.use(turnFeatureOff(device, "rx-gro"));
    return { ...port, device };
  }) as unknown as Ports;
  bringUpFunctions(netdevs.map(({ device }) => device));
  const inner = opening.use(open(netdevs));
  return pathWith(inner, opening.move());
}

/** IPv6 would send frames of its own. */
function silence(device: string): void {
  writeFileSync(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, "1");
}
