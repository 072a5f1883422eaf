/**
 * Intel's Scalable IOV: functions that a driver makes of queues, kept apart by their PASID, with
 * interrupts of their own (IMS). A device says that it can by a DVSEC of its configuration space
 * (Intel Scalable I/O Virtualization, technical specification, section 3.4); idxd and ice are the
 * kernel's drivers that have such forms.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ifThere, linkIfThere, namesIfThere, notOurs, readIfThere } from "@iopath/native";

export interface ScalableDevice {
  readonly address: string;
  /** The kernel's driver; empty for none. */
  readonly driver: string;
  /** PASID capability, PCI Express Base 6.0, 7.8.9. */
  readonly pasid: boolean;
  readonly scalableIov: boolean;
  readonly ims: boolean;
  /** What its driver made of it: "dsa0, a shared work queue", "2 scalable functions". */
  readonly forms: readonly string[];
}

const pasidCapability = 0x1b;
const dvsecCapability = 0x23;
const intel = 0x8086;
const scalableIovDvsec = 5;
const extendedAt = 0x100;

/**
 * Devices with a PASID and one of these forms. A user who may read no more than 64 bytes of a
 * device's configuration space (all but root) sees what drivers made, and no capability.
 *
 * @param root for tests: where `sys` is
 */
export function findScalableDevices(root = "/"): ScalableDevice[] {
  const devices = join(root, "sys/bus/pci/devices");
  return namesIfThere(devices)
    .sort()
    .map((address) => describe(address, join(devices, address), root))
    .filter(({ scalableIov, forms }) => scalableIov || forms.length > 0);
}

function describe(address: string, device: string, root: string): ScalableDevice {
  const config = ifThere(() => readFileSync(join(device, "config")), ...notOurs);
  const found = capabilitiesOf(config ?? Buffer.alloc(0));
  const siov = found.find(({ id, at }) => id === dvsecCapability && isScalableIov(config!, at));
  const driver = basename(linkIfThere(join(device, "driver")) ?? "");
  return {
    ...{ address, driver, scalableIov: siov !== undefined },
    pasid: found.some(({ id }) => id === pasidCapability),
    // The capabilities of Scalable IOV begin at 0x14 of the DVSEC: bit 0 is IMS.
    ims: siov !== undefined && (config!.readUInt32LE(siov.at + 0x14) & 1) === 1,
    forms: [...acceleratorsOf(device, root), ...functionsOf(address, driver, root)],
  };
}

/** Extended capabilities, PCI Express Base 6.0, 7.6.3: identifier, and next in bits 20 to 31. */
function capabilitiesOf(config: Buffer): { readonly id: number; readonly at: number }[] {
  const found: { id: number; at: number }[] = [];
  for (let at = extendedAt; at >= extendedAt && at + 0x18 <= config.length; ) {
    const header = config.readUInt32LE(at);
    if (header === 0 || found.some((one) => one.at === at)) break;
    found.push({ id: header & 0xffff, at });
    at = header >>> 20;
  }
  return found;
}

function isScalableIov(config: Buffer, at: number): boolean {
  const vendor = config.readUInt16LE(at + 4);
  const id = config.readUInt16LE(at + 8);
  return vendor === intel && id === scalableIovDvsec;
}

/** Of idxd: Linux Documentation/ABI/stable/sysfs-driver-dma-idxd. */
function acceleratorsOf(device: string, root: string): string[] {
  const names = namesIfThere(device).filter((name) => /^(dsa|iax)\d+$/.test(name));
  return names.map((name) => {
    const queues = namesIfThere(join(root, "sys/bus/dsa/devices")).filter(
      (queue) => queue.startsWith("wq") && queue.startsWith(`wq${/\d+$/.exec(name)![0]}.`),
    );
    const shared = queues.filter(
      (queue) => readIfThere(join(root, "sys/bus/dsa/devices", queue, "mode"))?.trim() === "shared",
    );
    const pasid = readIfThere(join(device, name, "pasid_enabled"))?.trim() === "1";
    return `${name} (idxd), ${shared.length} shared work queues${pasid ? ", PASID enabled" : ""}`;
  });
}

/** Of ice: subfunctions of devlink, on the auxiliary bus. */
function functionsOf(address: string, driver: string, root: string): string[] {
  if (driver !== "ice") return [];
  const bus = join(root, "sys/bus/auxiliary/devices");
  const own = namesIfThere(bus).filter((name) => {
    const link = linkIfThere(join(bus, name)) ?? "";
    return /^ice\.sf\.\d+$/.test(name) && link.split("/").includes(address);
  });
  return own.length > 0 ? [`${own.length} scalable functions (ice)`] : [];
}
