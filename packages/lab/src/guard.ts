/** What must not be touched, and what must not be left behind. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { inNamespace } from "@iopath/native";
import { permanentNeighbours } from "./kept-port.ts";
import { allUppers, type Link, routingFamilies } from "./ports/facts.ts";
import { type LinksOfTestbed, linksOf } from "./ports/links.ts";
import { readDefaultRoutes } from "./ports/routes.ts";
import type { Testbed } from "./testbed.ts";

/**
 * Refuses interfaces of which one carries a default route of this thread's namespace, of whatever
 * table and also by what stands on it: taking its frames would cut off the machine.
 */
export function refuseDefaultRoute(...devices: readonly string[]): void {
  const device = carrierOfDefaultRoute(devices);
  if (device === undefined) return;
  throw new IopathError(
    ExitStatus.refused,
    `${device} carries a default route; forwarding on it would cut this machine off`,
    { remedy: "name a port that carries nothing else, or add --force" },
  );
}

/** The first of some interfaces that carries one; the routes are read once for all of them. */
export function carrierOfDefaultRoute(devices: readonly string[]): string | undefined {
  if (devices.length === 0) return undefined;
  const routes = readDefaultRoutes().filter(({ isReached }) => isReached);
  return devices.find((device) => {
    const over = [device, ...allUppers(device)];
    return routes.some((route) => over.includes(route.device));
  });
}

/** What a trial left behind on the ports of a testbed, in words; nothing when it is clean. */
export function leftovers(testbed: Testbed, links: LinksOfTestbed = linksOf(testbed)): string[] {
  const onLinks = links.flatMap(({ device, link }) => leftOnLink(device, link, testbed));
  if (onLinks.length > 0) return onLinks;
  return [...forgottenNeighbours(testbed), ...stillRouting(testbed)];
}

function leftOnLink(device: string, link: Link | undefined, testbed: Testbed): string[] {
  if (!link) return [`interface ${device} is gone`];
  const left: string[] = [];
  if (link.xdp) left.push(`XDP program ${link.xdp.prog?.id ?? ""} is still on ${device}`);
  // An interface of the user's may have been promiscuous before; those of a lab never are.
  const ours = !testbed.shared;
  if (ours && link.flags.includes("PROMISC")) left.push(`${device} is still promiscuous`);
  return left;
}

/**
 * A lab's ports know who is at the other end of the wire; without it the kernel sends nothing
 * there.
 */
function forgottenNeighbours(testbed: Testbed): string[] {
  if (testbed.shared) return [];
  const known = inNamespace(testbed.forwarderNamespace, () => permanentNeighbours());
  return testbed.ports
    .filter(({ device, neighbor }) => {
      return !known.some(({ dev, dst }) => dev === device && dst === neighbor.ipv4);
    })
    .map(({ device, neighbor }) => `${device} has forgotten its neighbour ${neighbor.ipv4}`);
}

/**
 * In a lab the kernel routes only while `ip-forward` is open; else it would forward each frame as
 * well.
 */
function stillRouting(testbed: Testbed): string[] {
  if (testbed.shared) return [];
  return inNamespace(testbed.forwarderNamespace, () =>
    testbed.ports
      .filter(({ device }) => routingFamilies(device).includes("ipv4"))
      .map(({ device }) => `the kernel still routes what comes in by ${device}`),
  );
}
