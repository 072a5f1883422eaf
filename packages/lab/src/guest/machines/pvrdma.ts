/**
 * Machine `pvrdma`: the paravirtual RDMA device of QEMU 7.2 with its own driver in the guest, and soft
 * RoCE beside it. QEMU wants a real HCA behind the device; a library in its process stands in for one.
 */
import { join } from "node:path";
import type { GuestMachine } from "../machine.ts";
import { buildDriver, driverFile } from "../pvrdma-driver.ts";
import { buildStandIn, standInFile } from "../stand-in-hca.ts";

const memoryMiB = 1024;

const macAddress = "52:54:00:aa:00:11";
/** The GID that the guest's kernel derives from the MAC address (RFC 4291, appendix A). */
const gid = "fe80::5054:ff:feaa:11";

export const pvrdma: GuestMachine = {
  name: "pvrdma",
  summary: "QEMU 7.2 with its pvrdma device (no HCA: a library stands in), and soft RoCE",
  qemu: "qemu-7.2",
  memoryMiB,
  platform: [
    ...["-machine", "q35,memory-backend=memory"],
    // The device maps the guest's memory anew, page by page, which it can only do where it is shared.
    ...["-object", `memory-backend-ram,id=memory,size=${memoryMiB}M,share=on`],
  ],
  devices: [
    ...["-netdev", "hubport,id=wire0,hubid=0"],
    // The driver looks for its network device at function 0 of the same slot.
    ...["-device", `vmxnet3,addr=10.0,multifunction=on,netdev=wire0,mac=${macAddress},romfile=`],
    // Where a host's rdmacm-mux would listen; it routes what nobody here sends.
    ...["-chardev", "null,id=management"],
    ...["-device", "pvrdma,addr=10.1,ibdev=standin0,netdev=wire0,mad-chardev=management"],
  ],
  modules: ["vmxnet3", "ib_uverbs", "rdma_rxe", "crc32_generic", "veth"],
  setUp: async (tell, kernel) => {
    await buildStandIn(tell);
    await buildDriver(tell, kernel);
  },
  preload: standInFile,
  environment: () => ({ STAND_IN_HCA_GIDS: gid }),
  preparation: (kernel) => [
    // The driver takes its GIDs from a network device that is up.
    ["ip", "link", "set", "eth0", "up"],
    [join(kernel.folder, "busybox"), "insmod", driverFile(kernel)],
  ],
};
