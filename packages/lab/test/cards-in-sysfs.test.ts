/** Cards as a made sysfs shows them: nobody here has one of these. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cardBesideKernel, cardsBesideKernel } from "../src/cards-beside-kernel.ts";
import { findScalableDevices } from "../src/scalable-iov.ts";

const address = "0000:17:00.0";
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "iopath-sysfs-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | Buffer = ""): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

const addCard = (driver: string) =>
  link(`sys/bus/pci/devices/${address}/driver`, `../../drivers/${driver}`);

describe("a card that DPDK drives beside the kernel", () => {
  test.each([
    ["mlx5_core", "net_mlx5"],
    ["mlx4_core", "net_mlx4"],
    ["mana", "net_mana"],
  ])("is known by the kernel's driver %s", (driver, plugin) => {
    addCard(driver);
    expect(cardBesideKernel(address, root)).toMatchObject({ driver, plugin });
  });

  test.each(["igb", "ice", "vfio-pci", "mlx5_vdpa"])("is not one of driver %s", (driver) => {
    addCard(driver);
    expect(cardBesideKernel(address, root)).toBeUndefined();
    expect(cardsBesideKernel(root)).toEqual([]);
  });

  test("is not one without a driver", () => {
    mkdirSync(join(root, `sys/bus/pci/devices/${address}`), { recursive: true });
    expect(cardBesideKernel(address, root)).toBeUndefined();
  });

  test("needs DPDK's plugin, and the library of rdma-core that verbs load", () => {
    addCard("mlx5_core");
    const lacking = () => cardsBesideKernel(root)[0]!.missing;
    expect(lacking()).toEqual(["librte_net_mlx5", "libmlx5 of rdma-core"]);
    write("usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_mlx5.so.23");
    write("usr/lib/x86_64-linux-gnu/libibverbs/libmlx4-rdmav34.so");
    expect(lacking()).toEqual(["libmlx5 of rdma-core"]);
    write("usr/lib/x86_64-linux-gnu/libibverbs/libmlx5-rdmav34.so");
    expect(lacking()).toEqual([]);
  });
});

/** A configuration space with these extended capabilities, one behind the other. */
function configOf(capabilities: readonly { id: number; words?: Record<number, number> }[]): Buffer {
  const config = Buffer.alloc(4096);
  for (const [i, { id, words = {} }] of capabilities.entries()) {
    const at = 0x100 + i * 0x40;
    const next = i + 1 < capabilities.length ? at + 0x40 : 0;
    config.writeUInt32LE(((next << 20) | (1 << 16) | id) >>> 0, at);
    for (const [offset, word] of Object.entries(words)) {
      config.writeUInt32LE(word, at + Number(offset));
    }
  }
  return config;
}

const errors = { id: 0x01 };
const pasid = { id: 0x1b };
const scalableIov = (flags: number, vendor = 0x8086) => ({
  id: 0x23,
  words: { 4: vendor, 8: 5, 20: flags },
});

describe("a device with Scalable IOV", () => {
  test.each([1, 0])("says so in a DVSEC of Intel's, and whether it has IMS: %i", (flags) => {
    write(`sys/bus/pci/devices/${address}/config`, configOf([errors, pasid, scalableIov(flags)]));
    expect(findScalableDevices(root)).toEqual([
      { address, driver: "", pasid: true, scalableIov: true, ims: flags === 1, forms: [] },
    ]);
  });

  test.each([
    ["a PASID alone", configOf([errors, pasid])],
    ["the DVSEC of another vendor", configOf([pasid, scalableIov(1, 0x1af4)])],
    ["no more than 64 bytes to read", configOf([pasid, scalableIov(1)]).subarray(0, 64)],
    ["a list that leads back to itself", loop()],
  ])("is not one with %s", (_what, config) => {
    write(`sys/bus/pci/devices/${address}/config`, config);
    expect(findScalableDevices(root)).toEqual([]);
  });

  test("of driver idxd is named by its accelerators and their shared queues", () => {
    link(`sys/bus/pci/devices/${address}/driver`, "../../drivers/idxd");
    write(`sys/bus/pci/devices/${address}/dsa0/pasid_enabled`, "1\n");
    write("sys/bus/dsa/devices/wq0.0/mode", "shared\n");
    write("sys/bus/dsa/devices/wq0.1/mode", "dedicated\n");
    write("sys/bus/dsa/devices/wq1.0/mode", "shared\n");
    expect(findScalableDevices(root)).toMatchObject([
      { driver: "idxd", forms: ["dsa0 (idxd), 1 shared work queues, PASID enabled"] },
    ]);
  });

  test("of driver ice is named by its scalable functions", () => {
    link(`sys/bus/pci/devices/${address}/driver`, "../../drivers/ice");
    const of = (card: string, name: string) => `../../../devices/pci0000:17/${card}/${name}`;
    for (const name of ["ice.sf.1", "ice.sf.2", "ice.roce.1"]) {
      link(`sys/bus/auxiliary/devices/${name}`, of(address, name));
    }
    link("sys/bus/auxiliary/devices/ice.sf.3", of("0000:18:00.0", "ice.sf.3"));
    expect(findScalableDevices(root)).toMatchObject([
      { driver: "ice", forms: ["2 scalable functions (ice)"] },
    ]);
  });
});

function loop(): Buffer {
  const config = configOf([errors, pasid]);
  config.writeUInt32LE(((0x100 << 20) | (1 << 16) | pasid.id) >>> 0, 0x140);
  return config;
}
