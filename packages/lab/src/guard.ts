/** What must not be touched, and what must not be left behind. */
import { existsSync, readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { defaultRouteInterfaces, inNamespace } from "@iopath/native";
import { ip } from "./command.ts";
import { permanentNeighbours } from "./kept-port.ts";
import type { Testbed } from "./testbed.ts";

/**
 * Refuses an interface that carries a default route of this thread's namespace: taking its frames
 * would cut off the machine.
 */
export function refuseDefaultRoute(device: string): void {
  if (!defaultRouteInterfaces().includes(device)) return;
  throw new IopathError(
    ExitStatus.refused,
    `${device} carries a default route; forwarding on it would cut this machine off`,
    { remedy: "name a port that carries nothing else, or add --force" },
  );
}

interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly xdp?: { readonly prog?: { readonly id?: number } };
}

/** What a trial left behind on the ports of a testbed, in words; nothing when it is clean. */
export function leftovers(testbed: Testbed): string[] {
  const sides = [
    [testbed.forwarderNamespace, testbed.ports],
    [testbed.testerNamespace, testbed.wires],
  ] as const;
  const onLinks = sides.flatMap(([namespace, ends]) => {
    const within = namespace ? ["-n", namespace] : [];
    const links = JSON.parse(ip(...within, "-json", "link", "show")) as Link[];
    return ends.flatMap(({ device }) => leftOnLink(device, links, testbed));
  });
  if (onLinks.length > 0) return onLinks;
  return [...forgottenNeighbours(testbed), ...stillRouting(testbed)];
}

function leftOnLink(device: string, links: readonly Link[], testbed: Testbed): string[] {
  const link = links.find(({ ifname }) => ifname === device);
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
  return inNamespace(testbed.forwarderNamespace, () =>
    testbed.ports
      .filter(({ device, neighbor }) => {
        return !permanentNeighbours(device).some(({ dst }) => dst === neighbor.ipv4);
      })
      .map(({ device, neighbor }) => `${device} has forgotten its neighbour ${neighbor.ipv4}`),
  );
}

/**
 * In a lab the kernel routes only while `ip-forward` is open; else it would forward each frame as
 * well.
 */
function stillRouting(testbed: Testbed): string[] {
  if (testbed.shared) return [];
  return inNamespace(testbed.forwarderNamespace, () =>
    testbed.ports
      .filter(({ device }) => {
        const setting = `/proc/sys/net/ipv4/conf/${device}/forwarding`;
        return existsSync(setting) && readFileSync(setting, "utf8").trim() !== "0";
      })
      .map(({ device }) => `the kernel still routes what comes in by ${device}`),
  );
}
