/**
 * What a trial needs of its ports and a lab of veth pairs has by itself: on cards, and on
 * interfaces that others use too.
 */
import type { Path, PortSpec } from "@iopath/contract";
import { isPciAddress, isRouted, keepFromKernel, knowNeighbour, turnFeatureOff } from "@iopath/lab";
import { driverOfDevice, inNamespace } from "@iopath/native";
import { findVariant } from "../paths/loaders.ts";
import type { TrialRequest } from "./request.ts";

/** Makes ports ready for a trial, and leaves them as they were when disposed. */
export function readyPorts(
  request: Pick<TrialRequest, "testbed" | "role" | "variant">,
  path: Path | undefined,
): Disposable {
  using opening = new DisposableStack();
  const { testbed, role, variant } = request;
  if (!path) return opening.move();
  const { kind, carrier, ownTesters } = findVariant(path, variant);
  if (ownTesters) return opening.move();
  const { ports, wires, forwarderNamespace, testerNamespace } = testbed;
  opening.use(inNamespace(forwarderNamespace, () => keepApart(ports[0])));
  if (!testbed.shared) return opening.move();
  if (carrier === "udp") {
    opening.use(
      inNamespace(forwarderNamespace, () => knowNeighbour(ports[1].device, ports[1].neighbor)),
    );
  } else if (kind === "polled") {
    opening.use(inNamespace(forwarderNamespace, () => keepOut(ports[0], role)));
  }
  if (role === "verify") {
    // The tester's kernel would answer datagrams that nobody listens for, and route the others.
    for (const { device } of wires) {
      opening.use(inNamespace(testerNamespace, () => keepFromKernel(device)));
    }
  }
  return opening.move();
}

/**
 * Frames come as they were sent: a card's driver lets the kernel merge segments of TCP
 * (generic receive offload), and one that waits for a next one is overtaken by others. veth does so
 * where it is asked to alone; a variant that forwards what was merged turns it on by itself.
 */
function keepApart({ device }: PortSpec): Disposable {
  const isCard = !isPciAddress(device) && driverOfDevice(device) !== "veth";
  return isCard ? turnFeatureOff(device, "rx-gro") : new DisposableStack();
}

/**
 * Where a user-space path receives, the kernel gets copies. In a lab they end there. On a port that
 * the kernel routes they would leave by its routes; and a verify pass sends whatever a capture
 * holds, to addresses of this machine too. While figures are taken, frames are kept away only where
 * they are routed: what the kernel does with them otherwise is part of what sockets cost. Behind a
 * PCI address is no interface that the kernel would get copies from: its path takes the device.
 */
function keepOut({ device }: PortSpec, role: TrialRequest["role"]): Disposable {
  if (isPciAddress(device)) return new DisposableStack();
  const isAstray = role === "verify" || isRouted(device);
  return isAstray ? keepFromKernel(device) : new DisposableStack();
}
