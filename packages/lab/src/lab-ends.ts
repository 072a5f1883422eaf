/** What the ends of a lab's two wires are called, and what the kernel knows of them. */
import { writeFileSync } from "node:fs";
import type { WireEnd } from "./testbed.ts";

/** Room for a 1518-byte frame that travels as payload of a UDP datagram: 1514 + 28. */
export const mtuBytes = 1600;

interface End {
  readonly device: string;
  readonly ipv4: string;
}

/** The tester's. */
export const testerEnds: readonly [End, End] = [
  { device: "tester0", ipv4: "10.0.1.2" },
  { device: "tester1", ipv4: "10.0.2.2" },
];

/** The forwarder's: ingress and egress. */
export const portEnds: readonly [End, End] = [
  { device: "port0", ipv4: "10.0.1.1" },
  { device: "port1", ipv4: "10.0.2.1" },
];

/**
 * No frame in the calling thread's namespace but ours: no IPv6 discovery, no source check that
 * would drop test addresses.
 */
export function quieten(): void {
  setSysctl("ipv6/conf/all/disable_ipv6", "1");
  setSysctl("ipv6/conf/default/disable_ipv6", "1");
  setSysctl("ipv4/conf/all/rp_filter", "0");
  setSysctl("ipv4/conf/default/rp_filter", "0");
  setSysctl("ipv4/ip_forward", "0");
}

/** Sets a value below /proc/sys/net of this thread's namespace, if the kernel has it. */
export function setSysctl(path: string, value: string): void {
  try {
    writeFileSync(`/proc/sys/net/${path}`, value, { flag: "r+" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/**
 * Gives a port its address, and says who is behind it.
 *
 * @param ip ip(8) on the port's namespace
 */
export function addressPort(
  ip: (...args: string[]) => string,
  { device, ipv4 }: End,
  wire: Pick<WireEnd, "mac" | "ipv4">,
): void {
  ip("address", "add", `${ipv4}/24`, "dev", device);
  ip("neighbour", "add", wire.ipv4, "lladdr", wire.mac, "dev", device, "nud", "permanent");
  if (device !== portEnds[1].device) return;
  // Where the tester's addresses lie (RFC 2544 benchmarking); used when the kernel itself forwards.
  ip("route", "add", "198.18.0.0/15", "via", wire.ipv4, "dev", device);
}
