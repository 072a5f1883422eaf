import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diagnoseCards } from "../../src/cli/perform/doctor-cards.ts";

test("doctor asks for what DPDK needs beside the kernel's driver of a card", () => {
  const root = mkdtempSync(join(tmpdir(), "iopath-sysfs-"));
  try {
    expect(diagnoseCards(root)).toEqual([]);
    const device = join(root, "sys/bus/pci/devices/0000:17:00.0");
    mkdirSync(device, { recursive: true });
    symlinkSync("../../drivers/mlx5_core", join(device, "driver"));
    expect(diagnoseCards(root)).toEqual([
      {
        ...{ name: "DPDK on 0000:17:00.0", ok: false },
        detail:
          "driver mlx5_core: DPDK's net_mlx5 drives it beside the kernel, without vfio-pci; " +
          "there is no librte_net_mlx5 and no libmlx5 of rdma-core",
        remedy: "sudo apt-get install -y librte-net-mlx5-23 ibverbs-providers rdma-core",
      },
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
