/** The interfaces of a testbed as they are now, asked for at once: a start of ip(8) takes time. */
import { ip } from "../command.ts";
import type { Testbed } from "../testbed.ts";
import { findLink, type Link } from "./facts.ts";

/** The ports, then the tester's ends; without a link what is gone. */
export type LinksOfTestbed = readonly {
  readonly device: string;
  readonly link: Link | undefined;
}[];

export function linksOf(testbed: Testbed): LinksOfTestbed {
  const { forwarderNamespace, ports } = testbed;
  return [...linksAmong(forwarderNamespace, ports), ...linksOfWires(testbed)];
}

/** The tester's ends alone; one without a name is on another machine. */
export function linksOfWires({
  testerNamespace,
  wires,
}: Pick<Testbed, "testerNamespace" | "wires">): LinksOfTestbed {
  const near = wires.filter(({ device }) => device !== "");
  return linksAmong(testerNamespace, near);
}

function linksAmong(
  namespace: string | undefined,
  ends: readonly { readonly device: string }[],
): LinksOfTestbed {
  // A machine may have thousands of interfaces, a namespace of a lab has a few.
  if (namespace === undefined) {
    return ends.map(({ device }) => ({ device, link: findLink(undefined, device) }));
  }
  const all = JSON.parse(ip("-n", namespace, "-details", "-json", "address", "show")) as Link[];
  return ends.map(({ device }) => ({ device, link: all.find((one) => one.ifname === device) }));
}
