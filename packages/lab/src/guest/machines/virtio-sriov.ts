/**
 * Machine `virtio-sriov`: a virtio-net card with SR-IOV functions, two wires between four of them.
 */
import { type GuestMachine, trafficControlModules } from "../machine.ts";
import { virtioNet } from "./four-cards.ts";

const card = `${virtioNet},bus=root0,romfile=`;

/** Functions 0 and 1 forward; 2 and 3 are the tester's, each at the other end of a wire. */
const functions = [
  { mac: "02:00:00:00:00:01", wire: 1 },
  { mac: "02:00:00:00:00:03", wire: 2 },
  { mac: "02:00:00:00:00:02", wire: 1 },
  { mac: "02:00:00:00:00:04", wire: 2 },
];

export const virtioSriov: GuestMachine = {
  name: "virtio-sriov",
  summary: "QEMU 11 with a virtio-net card that has SR-IOV, whose functions have native XDP",
  qemu: "qemu-11",
  memoryMiB: 1024,
  platform: [
    ...["-machine", "q35,kernel-irqchip=split"],
    ...["-device", "intel-iommu,intremap=on,caching-mode=on"],
  ],
  devices: [
    ...["-device", "pcie-root-port,id=root0,chassis=1,slot=1"],
    ...functions.flatMap(({ mac, wire }, i) => [
      ...["-netdev", `hubport,id=end${i},hubid=${wire}`],
      ...["-device", `${card},addr=0.${i + 1},netdev=end${i},mac=${mac},sriov-pf=card0`],
    ]),
    // Named by its functions, which QEMU wants to know before it.
    ...["-netdev", "hubport,id=wire0,hubid=0"],
    ...["-device", `${card},addr=0.0,id=card0,netdev=wire0,mac=52:54:00:00:00:01`],
  ],
  modules: ["virtio_net", "vfio-pci", "vfio_iommu_type1", "veth", ...trafficControlModules],
};
