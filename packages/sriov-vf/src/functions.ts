/**
 * Virtual functions as they are found: which may be taken, their MAC addresses, what their wire
 * carries.
 */
import { existsSync, readFileSync } from "node:fs";
import { ExitStatus, IopathError, type WireLimits } from "@iopath/contract";
import {
  bindKernelDriver,
  isPciAddress,
  netdevOf,
  netdevsOf,
  type Pair,
  refuseDefaultRoute,
} from "@iopath/lab";

const devices = "/sys/bus/pci/devices";

/** PCI's number of the makers of virtio devices. */
const virtioVendor = "0x1af4";
/** The function of Intel's 82576, which the driver of our own is for. */
const intel82576Function = "0x8086 0x10ca";

/** @throws IopathError, exit status 8, for one that is no function or carries the default route */
export function takeFunctions(addresses: Pair): Pair {
  for (const address of addresses) {
    if (!isPciAddress(address) || !existsSync(`${devices}/${address}/physfn`)) {
      throw new IopathError(ExitStatus.refused, `${address} is no virtual function`, {
        remedy: "`lspci -D | grep 'Virtual Function'` lists them all",
      });
    }
  }
  refuseDefaultRoute(...addresses.flatMap(netdevsOf));
  return addresses;
}

/**
 * What its wire does not carry, where it does not carry all.
 * @param emulated whether it is QEMU's
 */
export function limitsOf(address: string, emulated: boolean): WireLimits | undefined {
  const vendor = read(address, "vendor");
  if (vendor === virtioVendor) return undefined;
  // A card pads short frames and filters VLAN tags; QEMU's looks into IP headers too.
  return { shortestFrameBytes: 60, dropsVlanTagged: true, dropsBrokenIp: emulated };
}

/** @throws IopathError for a function that our own driver does not know */
export function requireKnown(address: string): void {
  const id = `${read(address, "vendor")} ${read(address, "device")}`;
  if (id === intel82576Function) return;
  const message = `${address} is a function of another card (${id}) than Intel's 82576, which variant vfio drives`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "variants packet-mmsg, af-xdp and dpdk take functions of any card",
  });
}

function read(address: string, attribute: string): string {
  return readFileSync(`${devices}/${address}/${attribute}`, "utf8").trim();
}

/** As the kernel's driver finds it: a function has no other place for its address. */
export function macOf(address: string): string {
  using _driver = bindKernelDriver(address);
  return readFileSync(`/sys/class/net/${netdevOf(address)}/address`, "utf8").trim();
}
