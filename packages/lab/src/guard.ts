/** What must not be touched, and what must not be left behind. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { defaultRouteInterfaces } from "@iopath/native";
import { ip } from "./command.ts";
import type { Place } from "./place.ts";

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

/** What a trial left behind on the ports of a place, in words; nothing when it is clean. */
export function leftovers(place: Place): string[] {
  const sides = [
    [place.forwarderNamespace, place.ports],
    [place.testerNamespace, place.wires],
  ] as const;
  return sides.flatMap(([namespace, ends]) => {
    const text = namespace
      ? ip("-n", namespace, "-json", "link", "show")
      : ip("-json", "link", "show");
    const links = JSON.parse(text) as { ifname: string; xdp?: { prog?: { id?: number } } }[];
    return ends.flatMap(({ device }) => {
      const link = links.find(({ ifname }) => ifname === device);
      if (!link) return [`interface ${device} is gone`];
      return link.xdp ? [`XDP program ${link.xdp.prog?.id ?? ""} is still on ${device}`] : [];
    });
  });
}
