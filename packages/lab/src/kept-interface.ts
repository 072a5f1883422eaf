/**
 * An interface that goes with its driver: when the kernel's driver gives a card up, its interface
 * is gone with all that was set on it, and what comes with the driver's return is a new one. So it
 * is remembered how the first one stood, as plain data, and the new one is made to stand so.
 *
 * Kept are name, MAC, MTU, whether it is up and promiscuous, sysctls that differ from the default,
 * addresses that somebody gave it, routes that somebody made, permanent neighbours. Not: offloads,
 * queues, qdiscs, rules.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { ip } from "./command.ts";
import { permanentNeighbours } from "./kept-port.ts";
import { netdevOf } from "./pci.ts";

export interface KeptInterface {
  readonly name: string;
  readonly isUp: boolean;
  /** Below /proc/sys/net, with their values. */
  readonly sysctls: readonly (readonly [path: string, value: string])[];
  /** Arguments of ip(8): what stands before it is up, and what wants it up. */
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
}

/** Of `ip -json address show`, as far as it is used here. */
interface Link {
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly broadcast?: string;
    readonly scope: string;
    readonly dynamic?: boolean;
  }[];
}

/** Of the calling thread's namespace. */
export function keepInterface(name: string): KeptInterface {
  const [link] = JSON.parse(ip("-json", "address", "show", "dev", name)) as [Link];
  const given = link.addr_info.filter(({ scope, dynamic }) => scope !== "link" && !dynamic);
  const promiscuous = link.flags.includes("PROMISC") ? ["promisc", "on"] : [];
  return {
    ...{ name, isUp: link.flags.includes("UP") },
    sysctls: [...sysctlsOf("ipv4", name), ...sysctlsOf("ipv6", name)],
    before: [["link", "set", "address", link.address, "mtu", String(link.mtu), ...promiscuous]],
    after: [
      ...given.map(({ local, prefixlen, broadcast }) => [
        ...["address", "replace", `${local}/${prefixlen}`],
        ...(broadcast === undefined ? [] : ["broadcast", broadcast]),
      ]),
      ...routesOf("-4", name),
      ...routesOf("-6", name),
      ...permanentNeighbours(name).map(({ dst, lladdr }) => [
        ...["neighbour", "replace", dst, "lladdr", lladdr, "nud", "permanent"],
      ]),
    ],
  };
}

/**
 * Those that nobody but a person or a program made: the kernel makes its own with the addresses.
 */
function routesOf(family: "-4" | "-6", name: string): string[][] {
  const lines = ip(family, "route", "show", "dev", name).split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[0] !== "" && !isOfKernel(words))
    .map((words) => [family, "route", "replace", ...words.filter((word) => word !== "linkdown")]);
}

function isOfKernel(words: readonly string[]): boolean {
  const origin = words[words.indexOf("proto") + 1];
  return words.includes("proto") && (origin === "kernel" || origin === "ra");
}

function sysctlsOf(family: "ipv4" | "ipv6", name: string): [path: string, value: string][] {
  const read = (path: string) => {
    try {
      return readFileSync(`/proc/sys/net/${path}`, "utf8").trim();
    } catch {
      return undefined; // some can't be read, and there may be no IPv6
    }
  };
  return names(`/proc/sys/net/${family}/conf/${name}`).flatMap((setting): [string, string][] => {
    const path = `${family}/conf/${name}/${setting}`;
    const value = read(path);
    const usual = read(`${family}/conf/default/${setting}`);
    return value === undefined || value === usual ? [] : [[path, value]];
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Makes the interface that a card has now stand as the one that was kept; its link comes by itself,
 * seconds later. What can't be set is left out: the rest is worth having.
 */
export function restoreInterface(address: string, kept: KeptInterface): void {
  const found = netdevOf(address);
  if (found !== kept.name) ip("link", "set", "dev", found, "down", "name", kept.name);
  for (const [path, value] of kept.sysctls) attempt(() => setSysctl(path, value));
  for (const words of kept.before) tell(words, kept.name);
  if (!kept.isUp) return;
  tell(["link", "set", "up"], kept.name);
  for (const words of kept.after) tell(words, kept.name);
}

function setSysctl(path: string, value: string): void {
  writeFileSync(`/proc/sys/net/${path}`, value, { flag: "r+" });
}

function tell(words: readonly string[], name: string): void {
  attempt(() => ip(...words, "dev", name));
}

function attempt(change: () => unknown): void {
  try {
    change();
  } catch {
    // as was said above
  }
}
