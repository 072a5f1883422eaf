/**
 * Machines whose network interfaces are four cards of one kind, as a host has them that is wired to
 * a tester of its own. Paths forward between the two in the middle:
 *
 *     tester  eth0 ── wire 0 ── eth1  forwarder  eth2 ── wire 1 ── eth3  tester
 */
import { type GuestMachine, trafficControlModules } from "../machine.ts";

interface Kind {
  readonly name: string;
  readonly summary: string;
  /** QEMU's device and its properties. */
  readonly device: string;
  /** The kernel's module for it. */
  readonly driver: string;
}

const wires = [0, 0, 1, 1] as const;

/**
 * `iommu_platform=on` lets VFIO hand the card out; `ctrl_vlan=off`: a card that filters VLAN tags
 * would drop those that nobody asked it for. By default QEMU handles the driver's kicks in another
 * thread, at any later time, and counted instructions would differ from run to run: so it handles
 * them at once (`ioeventfd=off`), and frames go out by a timer of the guest's clock, 1 µs later.
 */
export const virtioNet = [
  ...["virtio-net-pci", "disable-legacy=on", "iommu_platform=on", "ctrl_vlan=off"],
  ...["ioeventfd=off", "tx=timer", "x-txtimer=1000"],
].join(",");

export const virtio = fourCards({
  name: "virtio",
  summary: "QEMU 10 with four virtio-net cards, what most clouds give a guest",
  device: virtioNet,
  driver: "virtio_net",
});

export const vmxnet3 = fourCards({
  name: "vmxnet3",
  summary: "QEMU 10 with four vmxnet3 cards, what VMware gives a guest",
  device: "vmxnet3",
  driver: "vmxnet3",
});

export const e1000e = fourCards({
  name: "e1000e",
  summary: "QEMU 10 with four e1000e cards, Intel's 82574L, whose driver has no XDP",
  device: "e1000e",
  driver: "e1000e",
});

export const igbCards = fourCards({
  name: "igb-cards",
  summary: "QEMU 10 with four igb cards, Intel's 82576, as they are, without functions",
  device: "igb",
  driver: "igb",
});

function fourCards({ name, summary, device, driver }: Kind): GuestMachine {
  return {
    ...{ name, summary, qemu: "qemu-10", memoryMiB: 1024 },
    platform: [
      // VFIO, by which DPDK gets a card, wants an IOMMU.
      ...["-machine", "q35,kernel-irqchip=split"],
      ...["-device", "intel-iommu,intremap=on,caching-mode=on"],
    ],
    devices: wires.flatMap((wire, i) => [
      ...["-netdev", `hubport,id=end${i},hubid=${wire}`],
      // Each below a root port, and so in an IOMMU group of its own.
      ...["-device", `pcie-root-port,id=root${i},chassis=${i + 1},slot=${i + 1}`],
      ...["-device", `${device},bus=root${i},netdev=end${i},mac=52:54:00:00:00:0${i + 1},romfile=`],
    ]),
    modules: [driver, "vfio-pci", "vfio_iommu_type1", "veth", ...trafficControlModules],
    cards: { ports: ["eth1", "eth2"], tester: ["eth0", "eth3"] },
  };
}
