/**
 * Machine `pvrdma`: the paravirtual RDMA device of QEMU 7.2 with its own driver in the guest, and
 * soft RoCE beside it. QEMU wants a real HCA behind the device; a library in its process stands in
 * for one.
 */
import { join } from "node:path";
import type { Command } from "../job.ts";
import { type GuestMachine, trafficControlModules } from "../machine.ts";
import { buildDriver, driverFile } from "../pvrdma-driver.ts";
import { buildStandIn, standInFile } from "../stand-in-hca.ts";

const memoryMiB = 1024;

/** What differs between two guests that are connected. */
interface End {
  readonly macAddress: string;
  /**
   * The GIDs that the guest's kernel derives from its addresses, the MAC's by RFC 4291, appendix A.
   */
  readonly gids: readonly string[];
  /** With its prefix; none when it has no peer. */
  readonly address?: string;
  /** What its network device is connected to. */
  readonly netdev: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export const pvrdma = machineOf("pvrdma", {
  macAddress: "52:54:00:aa:00:11",
  gids: ["fe80::5054:ff:feaa:11"],
  netdev: "hubport,id=wire0,hubid=0",
});

/**
 * Two guests that reach each other, by their network devices and by their HCAs. The first one
 * listens, and must be up before the second is booted; it has the address 10.0.4.1, the second
 * 10.0.4.2.
 *
 * @param folder for the sockets between them, whose path has at most 40 bytes; the caller's to
 *   remove
 */
export function connectedPvrdma(folder: string): readonly [GuestMachine, GuestMachine] {
  const end = (number: 1 | 2) =>
    machineOf(`pvrdma-${number}`, {
      macAddress: `52:54:00:aa:00:2${number}`,
      gids: [`::ffff:10.0.4.${number}`, `fe80::5054:ff:feaa:2${number}`],
      address: `10.0.4.${number}/24`,
      netdev: [
        `stream,id=wire0,server=${number === 1 ? "on" : "off"}`,
        `addr.type=unix,addr.path=${join(folder, "ethernet")}`,
      ].join(),
      environment: { STAND_IN_HCA_WIRE: folder },
    });
  return [end(1), end(2)];
}

function machineOf(name: string, end: End): GuestMachine {
  const { macAddress, gids, address, netdev, environment } = end;
  const addressing: Command[] =
    address === undefined ? [] : [["ip", "address", "add", address, "dev", "eth0"]];
  return {
    name,
    summary: "QEMU 7.2 with its pvrdma device (no HCA: a library stands in), and soft RoCE",
    qemu: "qemu-7.2",
    memoryMiB,
    platform: [
      ...["-machine", "q35,memory-backend=memory"],
      // The device maps the guest's memory again, page by page, which needs shared memory.
      ...["-object", `memory-backend-ram,id=memory,size=${memoryMiB}M,share=on`],
    ],
    devices: [
      ...["-netdev", netdev],
      // The driver looks for its network device at function 0 of the same slot.
      ...["-device", `vmxnet3,addr=10.0,multifunction=on,netdev=wire0,mac=${macAddress},romfile=`],
      // Where a host's rdmacm-mux would listen; it routes what nobody here sends.
      ...["-chardev", "null,id=management"],
      ...["-device", "pvrdma,addr=10.1,ibdev=standin0,netdev=wire0,mad-chardev=management"],
    ],
    // What its driver is built from.
    kernels: /^debian(?::6\.1(?:\.0-\d+(?:-amd64)?)?)?$/,
    modules: [
      ...["vmxnet3", "ib_uverbs", "rdma_rxe", "crc32_generic", "veth"],
      ...trafficControlModules,
    ],
    setUp: async (tell, kernel, signal) => {
      await buildStandIn(tell, signal);
      await buildDriver(tell, kernel, signal);
    },
    preload: standInFile,
    environment: () => ({ STAND_IN_HCA_GIDS: gids.join(), ...environment }),
    preparation: (kernel) => [
      // The driver takes its GIDs from a network device that is up.
      ["ip", "link", "set", "eth0", "up"],
      ...addressing,
      [join(kernel.folder, "busybox"), "insmod", driverFile(kernel)],
    ],
  };
}
