/**
 * Cards that stay with the kernel while DPDK drives them: its drivers for Mellanox's and
 * Microsoft's are built on verbs, and the network device is there all the while (DPDK's guides
 * "NVIDIA MLX5 Ethernet Driver", "MLX4 Poll Mode Driver", "MANA Poll Mode Driver"). Bound to
 * vfio-pci such a card would be of no use to them.
 */
import { basename, join } from "node:path";
import { linkIfThere, namesIfThere } from "@iopath/native";

export interface CardBesideKernel {
  /** The kernel's driver, a module. */
  readonly driver: string;
  /** DPDK's driver, a plugin `librte_NAME.so`. */
  readonly plugin: string;
  /** What brings the plugin in Debian 12. */
  readonly package: string;
  /** rdma-core's part for the card, a library that libibverbs loads. */
  readonly provider: string;
}

const cards: readonly CardBesideKernel[] = [
  ...["mlx4", "mlx5"].map((name) => ({
    driver: `${name}_core`,
    plugin: `net_${name}`,
    package: `librte-net-${name}-23`,
    provider: `lib${name}`,
  })),
  { driver: "mana", plugin: "net_mana", package: "librte-net-mana-23", provider: "libmana" },
];

/** By the kernel's driver that the card has; undefined for one that DPDK takes for itself. */
export function cardBesideKernel(address: string, root = "/"): CardBesideKernel | undefined {
  const link = linkIfThere(join(root, "sys/bus/pci/devices", address, "driver"));
  return cards.find(({ driver }) => link !== undefined && basename(link) === driver);
}

export interface FoundCard extends CardBesideKernel {
  readonly address: string;
  /** What DPDK lacks here to drive it: names of files. */
  readonly missing: readonly string[];
}

/** All of this machine. @param root for tests: where `sys` and `usr` are */
export function cardsBesideKernel(root = "/"): FoundCard[] {
  const addresses = namesIfThere(join(root, "sys/bus/pci/devices"));
  return addresses.sort().flatMap((address) => {
    const card = cardBesideKernel(address, root);
    return card ? [{ ...card, address, missing: missingFor(card, root) }] : [];
  });
}

function missingFor({ plugin, provider }: CardBesideKernel, root: string): string[] {
  const libraries = join(root, "usr/lib");
  const triplets = namesIfThere(libraries).map((name) => join(libraries, name));
  const among = (folders: readonly string[], beginning: string) =>
    folders.some((folder) => namesIfThere(folder).some((name) => name.startsWith(beginning)));
  const pluginFolders = triplets.flatMap((folder) =>
    namesIfThere(join(folder, "dpdk")).map((name) => join(folder, "dpdk", name)),
  );
  const providerFolders = triplets.map((folder) => join(folder, "libibverbs"));
  return [
    ...(among([...triplets, ...pluginFolders], `librte_${plugin}.so`) ? [] : [`librte_${plugin}`]),
    ...(among(providerFolders, `${provider}-rdmav`) ? [] : [`${provider} of rdma-core`]),
  ];
}
