/**
 * Variant `pci`: real ports by PCI address, taken from the kernel's driver, bound to vfio-pci, and given
 * back. A port is named by its address ("0000:01:00.0") or by the interface that the kernel has on it.
 */
import { existsSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { ExitStatus, IopathError, type PortSpec } from "@iopath/contract";
import { defaultRouteInterfaces } from "@iopath/native";

const devices = "/sys/bus/pci/devices";
const drivers = "/sys/bus/pci/drivers";
const addressPattern = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** @throws IopathError when there is no such port, or when taking it would cut the machine off */
export function pciAddressOf({ device }: PortSpec): string {
  const address = addressPattern.test(device) ? device : addressOfInterface(device);
  if (!existsSync(`${devices}/${address}`)) {
    throw new IopathError(ExitStatus.refused, `there is no PCI device ${address}`, {
      remedy: "`lspci -D` lists those that there are",
    });
  }
  const carried = interfacesOf(address).find((name) => defaultRouteInterfaces().includes(name));
  if (carried === undefined) return address;
  const message = `${address} is ${carried}, which carries a default route; taking it would cut this machine off`;
  throw new IopathError(ExitStatus.refused, message, {
    remedy: "name a port that carries nothing else",
  });
}

function addressOfInterface(name: string): string {
  try {
    const address = basename(readlinkSync(`/sys/class/net/${name}/device`));
    if (addressPattern.test(address)) return address;
  } catch {
    // no such interface, or one with no hardware: the message below tells
  }
  throw new IopathError(ExitStatus.refused, `${name} is no port of a PCI device`, {
    remedy: "name two ports by PCI address or interface in a hardware place",
  });
}

function interfacesOf(address: string): string[] {
  try {
    return readdirSync(`${devices}/${address}/net`);
  } catch {
    return []; // the kernel has no interface on it
  }
}

/** Binds a port to vfio-pci; disposing gives it back to the driver that it had. */
export function bindToVfio(address: string): Disposable {
  const driver = `${devices}/${address}/driver`;
  const before = existsSync(driver) ? basename(readlinkSync(driver)) : undefined;
  if (before === "vfio-pci") return { [Symbol.dispose]() {} };
  if (!existsSync(`${drivers}/vfio-pci`)) {
    throw new IopathError(ExitStatus.cannotRun, "the kernel's driver vfio-pci is not loaded", {
      remedy: "modprobe vfio-pci (and enable the IOMMU in firmware and kernel)",
    });
  }
  rebind(address, before, "vfio-pci");
  return { [Symbol.dispose]: () => rebind(address, "vfio-pci", before) };
}

/** Sets which driver may have the device, takes it from one, and offers it to that one. */
function rebind(address: string, from: string | undefined, to: string | undefined): void {
  try {
    writeFileSync(`${devices}/${address}/driver_override`, to === "vfio-pci" ? to : "\n");
    if (from !== undefined) writeFileSync(`${drivers}/${from}/unbind`, address);
    if (to !== undefined) writeFileSync("/sys/bus/pci/drivers_probe", address);
  } catch (cause) {
    const message = `bind ${address} to ${to}: ${(cause as Error).message}`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      cause,
      remedy: `by hand: dpdk-devbind.py -b ${to} ${address}`,
    });
  }
}
