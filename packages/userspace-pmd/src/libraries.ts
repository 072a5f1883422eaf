/**
 * DPDK's libraries through koffi, the only file of this package that uses it. Addresses and sizes
 * are numbers; what DPDK defines as inline functions is not here, but in `ports.ts` and `pool.ts`.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type BoundCall, boundCall, foreignCall } from "@iopath/native";
import koffi, { type LibraryHandle } from "koffi";
import { type DpdkLayout, layoutOf, layouts } from "./abi.ts";

const word = "uintptr_t";

/** rx_burst and tx_burst of a driver: (queue, address of an rte_mbuf*[], count), frames taken. */
export type BurstFunction = (queue: number, mbufs: number, count: number) => number;
/** dequeue and enqueue of a mempool: (pool, address of a void*[], count), 0 or -errno. */
export type PoolFunction = (pool: number, objects: number, count: number) => number;

const burstPrototype = koffi.proto("iopath_burst", "uint16_t", [word, word, "uint16_t"]);
const poolPrototype = koffi.proto("iopath_pool", "int", [word, word, "uint"]);
const libc = koffi.load("libc.so.6");

export type Libraries = ReturnType<typeof declareAll>;

let loaded: Libraries | undefined;

/** Loads DPDK, once a process. @throws IopathError when it is not here or of an unknown version */
export function loadLibraries(): Libraries {
  loaded ??= declareAll(findLibraries());
  return loaded;
}

interface Found {
  readonly layout: DpdkLayout;
  readonly load: (name: string) => LibraryHandle;
}

function findLibraries(): Found {
  const complaints: string[] = [];
  for (const { library } of layouts) {
    const load = (name: string) => koffi.load(`librte_${name}.so.${library}`, { global: true });
    try {
      const version = load("eal").func("const char *rte_version(void)");
      return { layout: layoutOf(version()), load };
    } catch (error) {
      if (error instanceof IopathError) throw error;
      complaints.push((error as Error).message);
    }
  }
  const names = layouts.map(({ library }) => `librte_eal.so.${library}`).join(", ");
  throw new IopathError(
    ExitStatus.cannotRun,
    `DPDK is not installed: none of ${names} loads (${complaints.at(-1)})`,
    { remedy: "sudo apt-get install -y librte-meta-all librte-meta-net librte-meta-mempool" },
  );
}

function declareAll({ layout, load }: Found) {
  // The mempool's default operations are a plugin that needs the library of rings.
  const [eal, mempool, mbuf, ethdev] = ["eal", "mempool", "mbuf", "ethdev", "ring"].map(load) as [
    LibraryHandle,
    LibraryHandle,
    LibraryHandle,
    LibraryHandle,
    LibraryHandle,
  ];
  return {
    layout,
    version: eal.func("const char *rte_version(void)") as () => string,
    ealInit: eal.func("int rte_eal_init(int argc, char **argv)"),
    ealCleanup: eal.func("int rte_eal_cleanup(void)"),
    errorText: eal.func("const char *rte_strerror(int error)"),
    openLogStream: eal.func("rte_openlog_stream", "int", [word]),
    segmentAt: eal.func("rte_mem_virt2memseg", word, [word, word]),
    segmentDescriptor: eal.func("rte_memseg_get_fd", "int", [word]),
    segmentOffset: eal.func(
      "int rte_memseg_get_fd_offset(uintptr_t segment, _Out_ size_t *offset)",
    ),
    deviceProbe: eal.func("int rte_dev_probe(const char *arguments)"),
    deviceRemove: eal.func("int rte_eal_hotplug_remove(const char *bus, const char *name)"),
    threadRegister: eal.func("int rte_thread_register(void)"),
    threadUnregister: eal.func("void rte_thread_unregister(void)"),
    poolCreate: mempool.func("rte_mempool_create", word, [
      ...["str", "uint", "uint", "uint", "uint"],
      ...[word, word, word, word, "int", "uint"],
    ]),
    poolCreateEmpty: mempool.func("rte_mempool_create_empty", word, [
      ...["str", "uint", "uint", "uint", "uint", "int", "uint"],
    ]),
    poolSetOperations: mempool.func("rte_mempool_set_ops_byname", "int", [word, "str", word]),
    poolInitialize: mbuf.func("rte_pktmbuf_pool_init", "void", [word, word]),
    poolPopulate: mempool.func("rte_mempool_populate_virt", "int", [
      ...[word, word, "size_t", "size_t", word, word],
    ]),
    poolForEach: mempool.func("rte_mempool_obj_iter", "uint32_t", [word, word, word]),
    poolInitializer: Number(mbuf.symbol("rte_pktmbuf_pool_init")),
    mbufInitializer: Number(mbuf.symbol("rte_pktmbuf_init")),
    poolLookup: mempool.func("rte_mempool_lookup", word, ["str"]),
    poolFree: mempool.func("rte_mempool_free", "void", [word]),
    poolAvailable: mempool.func("rte_mempool_avail_count", "uint", [word]),
    freeBulk: mbuf.func("rte_pktmbuf_free_bulk", "void", [word, "uint"]),
    ...declarePorts(ethdev),
    poolOperationsAddress: Number(mempool.symbol("rte_mempool_ops_table")),
    /** A thread-local variable, so it is looked up each time. */
    lastError: () => koffi.decode(eal.symbol("per_lcore__rte_errno"), "int") as number,
    logicalCore: () => koffi.decode(eal.symbol("per_lcore__lcore_id"), "uint") as number,
  };
}

function declarePorts(ethdev: LibraryHandle) {
  const u16 = "uint16_t";
  return {
    portByName: ethdev.func(
      "int rte_eth_dev_get_port_by_name(const char *name, _Out_ uint16_t *port)",
    ),
    portConfigure: ethdev.func("rte_eth_dev_configure", "int", [u16, u16, u16, word]),
    portAdjustDescriptors: ethdev.func(
      "int rte_eth_dev_adjust_nb_rx_tx_desc(uint16_t port, _Inout_ uint16_t *receive, " +
        "_Inout_ uint16_t *transmit)",
    ),
    receiveQueueSetup: ethdev.func("rte_eth_rx_queue_setup", "int", [
      u16,
      u16,
      u16,
      "uint",
      word,
      word,
    ]),
    transmitQueueSetup: ethdev.func("rte_eth_tx_queue_setup", "int", [u16, u16, u16, "uint", word]),
    portStart: ethdev.func("rte_eth_dev_start", "int", [u16]),
    portStop: ethdev.func("rte_eth_dev_stop", "int", [u16]),
    portClose: ethdev.func("rte_eth_dev_close", "int", [u16]),
    portPromiscuous: ethdev.func("rte_eth_promiscuous_enable", "int", [u16]),
    portLink: ethdev.func("rte_eth_link_get_nowait", "int", [u16, word]),
    portStatistics: ethdev.func("rte_eth_stats_get", "int", [u16, word]),
    fastPathAddress: Number(ethdev.symbol("rte_eth_fp_ops")),
  };
}

export function burstFunction(address: number): BurstFunction {
  const viaKoffi = koffi.decode(BigInt(address), burstPrototype) as BurstFunction;
  return foreignCall(address, { count: 3, result: "uint16" }, viaKoffi);
}

/** The same for one queue and list, of which a count is left. */
export function boundBurst(address: number, queue: number, list: number): BoundCall {
  const viaKoffi = koffi.decode(BigInt(address), burstPrototype) as BurstFunction;
  return boundCall(address, { result: "uint16" }, [queue, list], viaKoffi);
}

export function poolFunction(address: number): PoolFunction {
  const viaKoffi = koffi.decode(BigInt(address), poolPrototype) as PoolFunction;
  return foreignCall(address, { count: 3, result: "int32" }, viaKoffi);
}

/** The 64-bit word, or the 32-bit one, at an address. Set-up only. */
export function readUint64(address: number): number {
  return Number(koffi.decode(BigInt(address), "uint64_t"));
}
export function readUint32(address: number): number {
  return koffi.decode(BigInt(address), "uint32_t") as number;
}

/** A C stream that keeps in memory what is written to it; see open_memstream(3). */
export class MemoryStream {
  readonly address: number;
  readonly #cells = BigInt(koffi.alloc("uint64_t", 2));

  constructor() {
    const open = libc.func("open_memstream", word, [word, word]);
    const cells = Number(this.#cells);
    this.address = open(cells, cells + 8) as number;
  }

  text(): string {
    flush(this.address);
    const start = koffi.decode(this.#cells, "uint64_t");
    const length = Number(koffi.decode(this.#cells + 8n, "uint64_t"));
    if (length === 0) return "";
    return Buffer.from(koffi.view(BigInt(start), length)).toString("utf8");
  }
}

const flush = libc.func("fflush", "int", [word]);
