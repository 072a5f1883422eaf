/**
 * An interface that goes with its driver: when the kernel's driver gives a card up, its interface
 * is gone with all that was set on it, and what comes with the driver's return is a new one. So it
 * is remembered how the first one stood, as plain data, and the new one is made to stand so.
 *
 * Kept are name, MAC, MTU, whether it is up and promiscuous, sysctls that differ from the default,
 * addresses that somebody gave it, routes that somebody made, permanent neighbours. Not: offloads,
 * queues, qdiscs, rules.
 */
import { writeFileSync } from "node:fs";
import { hasCode, namesIfThere, notOurs, readIfThere } from "@iopath/native";
import { CommandRefusal, ip } from "./command.ts";
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
  // Some can't be read by anybody, and `stable_secret` has no value until somebody gives it one.
  const read = (path: string) => readIfThere(`/proc/sys/net/${path}`, "EIO", ...notOurs)?.trim();
  return namesIfThere(`/proc/sys/net/${family}/conf/${name}`).flatMap(
    (setting): [string, string][] => {
      const path = `${family}/conf/${name}/${setting}`;
      const value = read(path);
      const usual = read(`${family}/conf/default/${setting}`);
      return value === undefined || value === usual ? [] : [[path, value]];
    },
  );
}

/**
 * Makes the interface that a card has now stand as the one that was kept; its link comes by itself,
 * seconds later. What the kernel refuses is left out: the rest is worth having.
 *
 * @throws Error, after all was tried, where something could not even be asked for
 */
export function restoreInterface(address: string, kept: KeptInterface): void {
  const found = netdevOf(address);
  if (found !== kept.name) ip("link", "set", "dev", found, "down", "name", kept.name);
  const whenUp = kept.isUp ? [["link", "set", "up"], ...kept.after] : [];
  const changes = [
    ...kept.sysctls.map(
      ([path, value]) =>
        () =>
          setSysctl(path, value),
    ),
    ...[...kept.before, ...whenUp].map((words) => () => ip(...words, "dev", kept.name)),
  ];
  const [trouble] = changes.flatMap(troubleWith);
  if (trouble) throw trouble;
}

function setSysctl(path: string, value: string): void {
  writeFileSync(`/proc/sys/net/${path}`, value, { flag: "r+" });
}

/** How the kernel refuses a value, or a sysctl that this one does not have. */
const refusals = ["EINVAL", "ERANGE", "EIO", "ENOENT", "EOPNOTSUPP", ...notOurs];

/** What kept a change from being tried; nothing where the kernel took or refused it. */
function troubleWith(change: () => unknown): unknown[] {
  try {
    change();
    return [];
  } catch (error) {
    return error instanceof CommandRefusal || hasCode(error, ...refusals) ? [] : [error];
  }
}
