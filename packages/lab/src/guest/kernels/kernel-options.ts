/** Which options of a kernel's configuration the guest's modules are of. */

/** By the names that machines have for modules; Linux' Kconfig files. */
const options: Readonly<Record<string, string>> = {
  "9p": "CONFIG_9P_FS",
  "9pnet_virtio": "CONFIG_NET_9P_VIRTIO",
  cls_bpf: "CONFIG_NET_CLS_BPF",
  crc32_generic: "CONFIG_CRYPTO_CRC32",
  e1000e: "CONFIG_E1000E",
  ib_uverbs: "CONFIG_INFINIBAND_USER_ACCESS",
  igb: "CONFIG_IGB",
  igbvf: "CONFIG_IGBVF",
  overlay: "CONFIG_OVERLAY_FS",
  rdma_rxe: "CONFIG_RDMA_RXE",
  sch_ingress: "CONFIG_NET_SCH_INGRESS",
  uio_pci_generic: "CONFIG_UIO_PCI_GENERIC",
  veth: "CONFIG_VETH",
  "vfio-pci": "CONFIG_VFIO_PCI",
  vfio_iommu_type1: "CONFIG_VFIO_IOMMU_TYPE1",
  virtio_console: "CONFIG_VIRTIO_CONSOLE",
  virtio_net: "CONFIG_VIRTIO_NET",
  virtio_pci: "CONFIG_VIRTIO_PCI",
  vmxnet3: "CONFIG_VMXNET3",
};

/** Undefined for a module that no machine names. */
export function optionOf(module: string): string | undefined {
  return options[module];
}

/** "igb (CONFIG_IGB)" */
export function nameWithOption(module: string): string {
  const option = optionOf(module);
  return option ? `${module} (${option})` : module;
}

/** Those of the modules that a configuration does not build into the kernel. */
export function notBuiltIn(config: string, modules: readonly string[]): string[] {
  const set = new Set([...config.matchAll(/^(CONFIG_\w+)=y$/gm)].map(([, name]) => name));
  return modules.filter((module) => !set.has(optionOf(module)));
}
