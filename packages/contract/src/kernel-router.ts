/**
 * Which packets Linux routes from port 0 to port 1, by their addresses: ip_route_input_slow() of
 * the kernel, on ports whose routes lead to the benchmarking networks and nowhere else.
 */
import { etherTypeIpv4, etherTypeIpv6, parseIpv4 } from "./frame.ts";
import { headerOf, type Ipv4Header, uint16, withoutTags } from "./inspect.ts";
import { ownAddresses, type PortSpec } from "./path.ts";

type Address = Uint8Array;

/**
 * True when it leaves by port 1, false when the kernel drops it or keeps it for itself, undefined
 * when it leaves elsewhere or waits for ARP.
 */
export function isRouted(
  { source, destination }: Pick<Ipv4Header, "source" | "destination">,
  ports: readonly [PortSpec, PortSpec],
): boolean | undefined {
  const own = ownAddresses(ports);
  const isOwn = (address: Address) => own.some((other) => isEqual(address, other));
  if (isMartian(source) || isOwn(source)) return false;
  if (isMartian(destination) || isOwn(destination)) return false;
  const [, { neighbor }] = ports;
  const nextHop = neighbor.ipv4 ? parseIpv4(neighbor.ipv4) : undefined;
  if (nextHop && isEqual(destination, nextHop)) return true;
  if (isBenchmarking(destination)) return true;
  const onLink = own.find((address) => isEqual(address.subarray(0, 3), destination.subarray(0, 3)));
  if (!onLink) return false;
  return destination[3] === 255 ? false : undefined;
}

/** No host's address: of this network, loopback, multicast, or the broadcast one (RFC 1812). */
function isMartian(address: Address): boolean {
  const [first = 0] = address;
  const isBroadcast = address.every((byte) => byte === 255);
  return first === 0 || first === 127 || (first >= 224 && first < 240) || isBroadcast;
}

/** Whether an IPv4 frame, below any VLAN tags, goes to 198.18.0.0/15. */
export function isOfTestNetwork(frame: Uint8Array): boolean {
  const header = headerOf(withoutTags(frame));
  return header !== undefined && isBenchmarking(header.destination);
}

/** Whether a frame goes to one of these addresses, below any VLAN tags: IPv4 or IPv6 as text. */
export function isToOneOf(addresses: readonly string[], frame: Uint8Array): boolean {
  const untagged = withoutTags(frame);
  return addresses.some((text) => {
    if (!text.includes(":")) return isAt(untagged, etherTypeIpv4, 30, parseIpv4(text));
    return isAt(untagged, etherTypeIpv6, 38, parseIpv6(text));
  });
}

function isAt(frame: Uint8Array, etherType: number, at: number, bytes: Uint8Array): boolean {
  return uint16(frame, 12) === etherType && isEqual(frame.subarray(at, at + bytes.length), bytes);
}

/** "fe80::1" as 16 bytes; a zone behind a percent sign is left out (RFC 4291, 2.2). */
function parseIpv6(text: string): Uint8Array {
  const [head = "", tail] = text.replace(/%.*$/, "").split("::");
  const groups = (part: string | undefined) =>
    (part || undefined)?.split(":").map((group) => Number.parseInt(group, 16)) ?? [];
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** 198.18.0.0/15, RFC 2544. */
function isBenchmarking([first, second]: Address): boolean {
  return first === 198 && (second === 18 || second === 19);
}

function isEqual(a: Address, b: Address): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
