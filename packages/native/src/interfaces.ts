/** Network interfaces of the namespace that the calling thread is in. */
import { readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { call } from "./libc.ts";
import { scratch } from "./socket.ts";

/** IFNAMSIZ less the terminating zero, linux/if.h. */
const nameBytesMax = 15;

/** The index of an interface; 0 is no index, so a missing one is an error. if_nametoindex(3) */
export function interfaceIndex(name: string): number {
  const { u8, address } = scratch();
  const bytes = new TextEncoder().encode(name);
  if (bytes.length <= nameBytesMax) {
    u8.fill(0, 0, nameBytesMax + 1);
    u8.set(bytes, 0);
    const index = call("if_nametoindex", `look up interface ${name}`, address);
    if (index !== 0) return index;
  }
  throw new IopathError(ExitStatus.refused, `no interface named ${name} in this namespace`, {
    remedy: "`ip link` lists them all",
  });
}

/** The interfaces that carry a default route, IPv4 or IPv6, of this thread's namespace. */
export function defaultRouteInterfaces(): string[] {
  return [...ipv4DefaultRoutes(), ...ipv6DefaultRoutes()];
}

/** /proc/net/route: Iface, Destination, Gateway, Flags, ..., Mask in column 7; see route(8). */
function ipv4DefaultRoutes(): string[] {
  const isDefault = (row: string[]) => row[1] === "00000000" && row[7] === "00000000";
  return rows("route")
    .slice(1)
    .filter(isDefault)
    .map(([device]) => device!);
}

/**
 * /proc/net/ipv6_route: destination, prefix length, ..., device last; `lo` holds the reject route.
 */
function ipv6DefaultRoutes(): string[] {
  const isDefault = (row: string[]) =>
    /^0+$/.test(row[0]!) && row[1] === "00" && row.at(-1) !== "lo";
  return rows("ipv6_route")
    .filter(isDefault)
    .map((row) => row.at(-1)!);
}

function rows(file: string): string[][] {
  let text: string;
  try {
    text = readFileSync(`/proc/thread-self/net/${file}`, "utf8");
  } catch {
    return []; // a kernel without this protocol has no such routes
  }
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/));
}
