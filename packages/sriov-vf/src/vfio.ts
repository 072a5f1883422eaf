/** VFIO (Linux Documentation/driver-api/vfio.rst): a PCI device in the hands of this process. */
import { closeSync, openSync, readlinkSync, readSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { call, type Memory, mapFile, scratch } from "@iopath/native";
import * as abi from "./abi.ts";

/** One address space for the DMA of all its devices: what is mapped is all that they can reach. */
export class Container implements Disposable {
  readonly #fd: number;
  readonly #resources = new DisposableStack();
  #hasIommu = false;

  constructor() {
    this.#fd = openFile("/dev/vfio/vfio", this.#resources);
    const version = call("ioctl", "ask for VFIO's version", this.#fd, abi.VFIO_GET_API_VERSION, 0);
    if (version === abi.VFIO_API_VERSION) return;
    this[Symbol.dispose]();
    throw new IopathError(ExitStatus.cannotRun, `this kernel has version ${version} of VFIO's API`);
  }

  /** @param address of a device that vfio-pci drives: "0000:01:10.0" */
  openDevice(address: string): Device {
    using opening = new DisposableStack();
    const link = readlinkSync(`/sys/bus/pci/devices/${address}/iommu_group`);
    const name = `IOMMU group ${basename(link)}`;
    const group = openFile(`/dev/vfio/${basename(link)}`, opening);
    requireViable(group, name);
    const page = scratch();
    page.view.setInt32(0, this.#fd, true);
    call(
      "ioctl",
      `put ${name} into the container`,
      group,
      abi.VFIO_GROUP_SET_CONTAINER,
      page.address,
    );
    this.#setIommu();
    page.u8.set(new TextEncoder().encode(`${address}\0`));
    const tried = `open ${address} by VFIO`;
    const fd = call("ioctl", tried, group, abi.VFIO_GROUP_GET_DEVICE_FD, page.address);
    opening.defer(() => closeSync(fd));
    // The container outlives its groups, and the groups their devices.
    this.#resources.use(opening.move());
    return new Device(fd, address);
  }

  /** The kind of IOMMU can be chosen once the container has its first group. */
  #setIommu(): void {
    if (this.#hasIommu) return;
    call("ioctl", "choose VFIO's IOMMU", this.#fd, abi.VFIO_SET_IOMMU, abi.VFIO_TYPE1_IOMMU);
    this.#hasIommu = true;
  }

  /**
   * Lets the devices read and write `memory`, at `iova` as they see it, until the container is
   * closed.
   */
  mapForDma(memory: Memory, iova: number): void {
    const page = scratch();
    const at = abi.dmaMap;
    page.view.setUint32(0, at.bytes, true);
    page.view.setUint32(at.flags, abi.VFIO_DMA_MAP_READ_WRITE, true);
    page.setUint64(at.address, memory.address);
    page.setUint64(at.iova, iova);
    page.setUint64(at.size, memory.bytes);
    const tried = `map ${memory.bytes} bytes for DMA`;
    call("ioctl", tried, this.#fd, abi.VFIO_IOMMU_MAP_DMA, page.address);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

function openFile(path: string, resources: DisposableStack): number {
  let fd: number;
  try {
    fd = openSync(path, "r+");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new IopathError(ExitStatus.cannotRun, `open ${path}: ${code}`, {
      remedy:
        "VFIO needs root (or an owner of the group), vfio-pci loaded, and an IOMMU that is on",
      cause,
    });
  }
  resources.defer(() => closeSync(fd));
  return fd;
}

/** Not viable: another device of the group is in the hands of a driver of the kernel. */
function requireViable(group: number, name: string): void {
  const page = scratch();
  page.view.setUint32(0, abi.groupStatus.bytes, true);
  call("ioctl", `ask for the status of ${name}`, group, abi.VFIO_GROUP_GET_STATUS, page.address);
  const flags = page.view.getUint32(abi.groupStatus.flags, true);
  if ((flags & abi.VFIO_GROUP_FLAGS_VIABLE) !== 0) return;
  throw new IopathError(ExitStatus.cannotRun, `${name} has devices that the kernel still drives`, {
    remedy: "unbind all devices of the group, or use a port that the IOMMU isolates",
  });
}

/** A device that is open; it is closed with its container. */
class Device {
  readonly address: string;
  readonly #fd: number;

  constructor(fd: number, address: string) {
    this.#fd = fd;
    this.address = address;
  }

  /** The registers behind base address register 0. */
  mapRegisters(): Memory {
    const { size, offset } = this.#region(abi.VFIO_PCI_BAR0_REGION_INDEX);
    return mapFile(this.#fd, size, offset, `BAR 0 of ${this.address}`);
  }

  /** Without it the device reads and writes no memory. */
  enableBusMaster(): void {
    const at = this.#region(abi.VFIO_PCI_CONFIG_REGION_INDEX).offset + abi.pciCommandAt;
    const command = Buffer.alloc(2);
    readSync(this.#fd, command, 0, 2, at);
    const bits = abi.pciMemorySpace | abi.pciBusMaster;
    command.writeUInt16LE(command.readUInt16LE() | bits);
    writeSync(this.#fd, command, 0, 2, at);
  }

  #region(index: number): { size: number; offset: number } {
    const page = scratch();
    const at = abi.regionInfo;
    page.u8.fill(0, 0, at.bytes);
    page.view.setUint32(0, at.bytes, true);
    page.view.setUint32(at.index, index, true);
    const tried = `ask for region ${index} of ${this.address}`;
    call("ioctl", tried, this.#fd, abi.VFIO_DEVICE_GET_REGION_INFO, page.address);
    return { size: page.getUint64(at.size), offset: page.getUint64(at.offset) };
  }
}
