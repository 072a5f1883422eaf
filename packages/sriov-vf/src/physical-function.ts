/**
 * Virtual functions of a network card, made and unmade (Linux Documentation/PCI/pci-iov-howto.rst).
 */
import { existsSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { changeSetting, changeSysctl, ip, refuseDefaultRoute } from "@iopath/lab";
import { linkIfThere, readIfThere } from "@iopath/native";
import { awaitLink } from "./link.ts";

/**
 * Virtual functions without a driver. Disposed, they are gone and the card is as it was.
 */
export class VirtualFunctions implements Disposable {
  /** PCI addresses, in the order in which the functions were asked for. */
  readonly addresses: readonly string[];
  readonly #resources: DisposableStack;

  /**
   * @param card the physical function's network device
   * @param macs what addresses they are to have, where the card gives its functions theirs; a
   *   virtio card does not: its functions have addresses of their own
   * @throws IopathError when the card carries a default route, has no SR-IOV, no link, or has
   *   virtual functions already
   */
  constructor(card: string, macs: readonly string[]) {
    refuseDefaultRoute(card);
    const device = `/sys/class/net/${card}/${pciFolder(card)}`;
    requireCapacity(card, device, macs.length);
    using undo = new DisposableStack();
    bringUp(card, undo);
    // In this order the functions have the addresses asked for: with a driver they would draw
    // random ones, and before the link is up the card forgets what it was told.
    awaitLink(card);
    {
      using autoprobe = new DisposableStack();
      setAttribute(card, "sriov_drivers_autoprobe", 0, autoprobe);
      setAttribute(card, "sriov_numvfs", macs.length, undo);
    }
    if (givesAddresses(card)) setUp(card, macs);
    this.addresses = macs.map((_, i) => basename(readlinkSync(`${device}/virtfn${i}`)));
    this.#resources = undo.move();
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/**
 * The folder of its PCI device, from /sys/class/net/CARD: a virtio device lies within it. Kept as
 * it is: a path made shorter would no longer go by way of the link.
 */
function pciFolder(card: string): string {
  const subsystem = `/sys/class/net/${card}/device/subsystem`;
  const isVirtio = basename(linkIfThere(subsystem) ?? "") === "virtio";
  return isVirtio ? "device/.." : "device";
}

/** Whether the card's driver lists functions that it can be told about. */
function givesAddresses(card: string): boolean {
  const [link] = JSON.parse(ip("-json", "link", "show", card)) as { vfinfo_list?: unknown[] }[];
  return (link!.vfinfo_list ?? []).length > 0;
}

function setUp(card: string, macs: readonly string[]): void {
  for (const [i, mac] of macs.entries()) {
    // A forwarder sends with addresses that the card may not expect of it: no spoof check.
    const settings = ["mac", mac, "spoofchk", "off", "trust", "on"];
    ip("link", "set", card, "vf", String(i), ...settings); // iproute2 takes one function per call
  }
  awaitLink(card); // setting up the functions resets the card
}

function requireCapacity(card: string, device: string, wanted: number): void {
  if (!existsSync(`/sys/class/net/${card}`)) {
    throw new IopathError(ExitStatus.refused, `no network interface named ${card} here`, {
      remedy: "`ip link` lists them all",
    });
  }
  const total = readNumber(`${device}/sriov_totalvfs`);
  if (total === undefined) {
    throw new IopathError(ExitStatus.cannotRun, `${card} has no SR-IOV`, {
      remedy: "name a card that has, with SR-IOV on in the firmware's set-up (`lspci -v` shows it)",
    });
  }
  if (total < wanted) {
    const message = `${card} can have ${total} virtual functions, ${wanted} are needed`;
    throw new IopathError(ExitStatus.cannotRun, message);
  }
  const present = readNumber(`${device}/sriov_numvfs`);
  if (present === 0) return;
  throw new IopathError(
    ExitStatus.refused,
    `${card} has ${present} virtual functions already, and somebody may use them`,
    { remedy: `\`echo 0 > ${device}/sriov_numvfs\` removes them` },
  );
}

function readNumber(path: string): number | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : Number(text);
}

/**
 * Sets an attribute of the card, and sets it back on the way out, or at the next start after
 * SIGKILL.
 */
function setAttribute(card: string, name: string, value: number, undo: DisposableStack): void {
  try {
    undo.use(changeSetting(card, `${pciFolder(card)}/${name}`, value));
  } catch (cause) {
    throw new IopathError(ExitStatus.cannotRun, (cause as Error).message, {
      remedy: "needs root, and room for the functions' memory (kernel option pci=realloc)",
      cause,
    });
  }
}

function bringUp(card: string, undo: DisposableStack): void {
  const [link] = JSON.parse(ip("-json", "link", "show", card)) as { flags: string[] }[];
  if (link!.flags.includes("UP")) return;
  // It would send router solicitations, frames that are not the tester's.
  const ipv6 = `ipv6/conf/${card}/disable_ipv6`;
  if (existsSync(`/proc/sys/net/${ipv6}`)) undo.use(changeSysctl(ipv6, "1"));
  ip("link", "set", card, "up");
  undo.defer(() => ip("link", "set", card, "down"));
}
