/** What `iopath doctor` says of cards that need more than the paths know by themselves. */
import { cardsBesideKernel, findScalableDevices } from "@iopath/lab";
import type { Finding } from "./finding.ts";

/** Nothing of a machine without such cards. @param root for tests: where `sys` and `usr` are */
export function diagnoseCards(root = "/"): Finding[] {
  return [...besideKernel(root), ...scalable(root)];
}

function besideKernel(root: string): Finding[] {
  return cardsBesideKernel(root).map(({ address, driver, plugin, package: name, missing }) => {
    const detail = `driver ${driver}: DPDK's ${plugin} drives it beside the kernel, without vfio-pci`;
    const ok = missing.length === 0;
    return {
      ...{ name: `DPDK on ${address}`, ok },
      detail: ok ? detail : `${detail}; there is no ${missing.join(" and no ")}`,
      ...(ok ? {} : { remedy: `sudo apt-get install -y ${name} ibverbs-providers rdma-core` }),
    };
  });
}

/** iopath has no path on them yet: that they are there is worth knowing. */
function scalable(root: string): Finding[] {
  return findScalableDevices(root).map(({ address, driver, pasid, scalableIov, ims, forms }) => {
    const can = [
      scalableIov ? "Scalable IOV" : "",
      pasid ? "PASID" : "",
      ims ? "interrupts of its own (IMS)" : "",
    ].filter(Boolean);
    const parts = [driver ? `driver ${driver}` : "no driver", ...can, ...forms];
    return { name: `Scalable IOV on ${address}`, ok: true, detail: parts.join(", ") };
  });
}
