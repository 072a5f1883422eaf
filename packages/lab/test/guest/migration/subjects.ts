/**
 * The devices whose guests are saved and migrated: what QEMU is asked for, and what the guest does
 * with it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { ArchiveFile } from "../../../src/guest/cpio.ts";
import type { GuestMachine } from "../../../src/guest/machine.ts";
import { igb, pvrdma } from "../../../src/guest/machines/index.ts";
import { guestKernel } from "../../../src/guest/packages.ts";
import { driverFile } from "../../../src/guest/pvrdma-driver.ts";

export interface Subject {
  readonly name: string;
  /** Whose QEMU, kernel and library are taken. */
  readonly machine: GuestMachine;
  readonly platform: readonly string[];
  /** All but what the network device, `wire0`, is connected to. */
  readonly devices: readonly string[];
  readonly modules: readonly string[];
  /** Whether it sends messages to itself, by /watch. */
  readonly watches: boolean;
  /** Lines of shell; the guest's address is 10.9.0.2/16. */
  readonly setup: readonly string[];
  /** More files of the initramfs. */
  readonly files?: (build: string) => ArchiveFile[];
}

export const memoryMiB = 256;
const addressed = (device: string) => [
  `ip address add 10.9.0.2/16 dev ${device}`,
  `ip link set ${device} up`,
];

const virtio: Subject = {
  name: "virtio-net",
  machine: igb,
  platform: ["-machine", "q35"],
  devices: ["-device", "virtio-net-pci,netdev=wire0,romfile="],
  modules: ["virtio_pci", "virtio_net"],
  watches: false,
  setup: addressed("eth0"),
};

const virtualFunction: Subject = {
  name: "igb VF",
  machine: igb,
  platform: ["-machine", "q35"],
  devices: [
    ...["-device", "pcie-root-port,id=root0,chassis=1,slot=1"],
    ...["-device", "igb,bus=root0,netdev=wire0,mac=52:54:00:00:00:01"],
  ],
  modules: ["igb", "igbvf"],
  watches: false,
  setup: [
    "ip link set eth0 up",
    "echo 1 >/sys/class/net/eth0/device/sriov_numvfs",
    "sleep 1",
    ...addressed("eth1"),
  ],
};

const paravirtual: Subject = {
  name: "pvrdma",
  machine: pvrdma,
  platform: [
    ...["-machine", "q35,memory-backend=memory"],
    ...["-object", `memory-backend-ram,id=memory,size=${memoryMiB}M,share=on`],
  ],
  devices: pvrdma.devices.slice(2),
  modules: ["vmxnet3", "ib_uverbs"],
  watches: true,
  setup: [...addressed("eth0"), "sleep 1", "insmod /modules/vmw_pvrdma.ko", "sleep 2"],
  files: (build) => [
    file("modules/vmw_pvrdma.ko", driverFile(guestKernel())),
    ...programWithLibraries(join(import.meta.dirname, "watch.c"), join(build, "watch")),
  ],
};

export const subjects: readonly Subject[] = [virtio, virtualFunction, paravirtual];

function file(path: string, from: string): ArchiveFile {
  return { path, content: readFileSync(realpathSync(from)), executable: true };
}

/**
 * The program as /watch, with what it loads: libraries, and libibverbs' provider for the device.
 */
function programWithLibraries(source: string, program: string): ArchiveFile[] {
  const options = ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source, "-libverbs"];
  execFileSync("gcc", options);
  const provider = "/usr/lib/x86_64-linux-gnu/libibverbs/libvmw_pvrdma-rdmav34.so";
  const driver = "/etc/libibverbs.d/vmw_pvrdma.driver";
  const linked = execFileSync("ldd", [program], { encoding: "utf8" });
  const libraries = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  return [
    file("watch", program),
    ...[...libraries, provider, driver].map((path) => file(path.slice(1), path)),
  ];
}
