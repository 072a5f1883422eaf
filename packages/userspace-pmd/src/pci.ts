/**
 * Ports of real devices: named by PCI address ("0000:01:00.0"), or by the interface that the kernel
 * has on it.
 */
import { existsSync } from "node:fs";
import { ExitStatus, IopathError, type PortSpec } from "@iopath/contract";
import {
  bindDriver,
  cardBesideKernel,
  carrierOfDefaultRoute,
  isPciAddress,
  netdevsOf,
} from "@iopath/lab";
import { linkIfThere } from "@iopath/native";

const devices = "/sys/bus/pci/devices";

/** @throws IopathError when there is no such port, or when taking it would cut the machine off */
export function pciAddressOf({ device }: PortSpec): string {
  const address = isPciAddress(device) ? device : addressOfInterface(device);
  if (!existsSync(`${devices}/${address}`)) {
    throw new IopathError(ExitStatus.refused, `there is no PCI device ${address}`, {
      remedy: "`lspci -D` lists them all",
    });
  }
  const carried = carrierOfDefaultRoute(netdevsOf(address));
  if (carried === undefined) return address;
  const message = `${address} is ${carried}, which carries a default route; taking it would cut this machine off`;
  throw new IopathError(ExitStatus.refused, message, {
    remedy: "name a port that carries nothing else",
  });
}

/**
 * Gives a card to vfio-pci, and back when disposed; one that DPDK drives beside the kernel stays
 * where it is.
 */
export function takeCard(address: string): Disposable {
  if (cardBesideKernel(address)) return { [Symbol.dispose]: () => {} };
  return bindDriver(address, "vfio-pci");
}

/** A virtio device lies on the PCI device that carries it, one folder deeper. */
function addressOfInterface(name: string): string {
  const folders = linkIfThere(`/sys/class/net/${name}`)?.split("/") ?? [];
  const [address] = folders.slice(-4).filter(isPciAddress).slice(-1);
  if (address !== undefined) return address;
  throw new IopathError(ExitStatus.refused, `${name} is no port of a PCI device`, {
    remedy: "name two ports by PCI address or interface in a hardware place",
  });
}
