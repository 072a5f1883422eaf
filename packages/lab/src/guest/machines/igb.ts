/**
 * Machine `igb`: an Intel 82576 with real SR-IOV functions, which talk through its internal switch.
 */
import { type GuestMachine, trafficControlModules } from "../machine.ts";

export const igb: GuestMachine = {
  name: "igb",
  summary: "QEMU 10 with its igb device, an Intel 82576 with SR-IOV",
  qemu: "qemu-10",
  memoryMiB: 1024,
  platform: [
    // An IOMMU with interrupt remapping: VFIO hands out no device without one.
    ...["-machine", "q35,kernel-irqchip=split"],
    ...["-device", "intel-iommu,intremap=on,caching-mode=on"],
  ],
  devices: [
    ...["-netdev", "hubport,id=wire0,hubid=0"],
    // Below a root port: virtual functions have routing IDs that the root bus can't reach.
    ...["-device", "pcie-root-port,id=root0,chassis=1,slot=1"],
    ...["-device", "igb,bus=root0,netdev=wire0,mac=52:54:00:00:00:01"],
  ],
  modules: [
    ...["igb", "igbvf", "vfio-pci", "vfio_iommu_type1", "uio_pci_generic", "veth"],
    ...trafficControlModules,
  ],
};
