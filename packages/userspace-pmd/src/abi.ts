/**
 * Layouts of DPDK that its inline functions use, and that are therefore part of its ABI. Each was
 * read from the header named, for x86-64 and arm64 builds without RTE_LIBRTE_MEMPOOL_DEBUG.
 * `self-test.ts` proves them on a ring port before anything is measured.
 */
import { ExitStatus, IopathError } from "@iopath/contract";

/** struct rte_eth_fp_ops of lib/ethdev/rte_ethdev_core.h: 128 bytes a port in every version. */
interface FastPathLayout {
  readonly receive: number;
  readonly receiveQueues: number;
  readonly receiveCallbacks: number;
  readonly transmit: number;
  readonly transmitQueues: number;
  readonly transmitCallbacks: number;
}

export const fastPathBytes = 128;

/** rte_ethdev_core.h of 21.11 to 23.07: functions first. */
const functionsFirst: FastPathLayout = {
  receive: 0,
  receiveQueues: 24,
  receiveCallbacks: 32,
  transmit: 64,
  transmitQueues: 88,
  transmitCallbacks: 96,
};

/** rte_ethdev_core.h of 23.11 and later: queues first. */
const queuesFirst: FastPathLayout = {
  receive: 16,
  receiveQueues: 0,
  receiveCallbacks: 8,
  transmit: 80,
  transmitQueues: 64,
  transmitCallbacks: 72,
};

/** struct rte_mbuf of lib/mbuf/rte_mbuf_core.h, the same in 22.11 to 25.11. */
export const mbuf = {
  bufferAddress: 0,
  /** u16: where the frame begins in the buffer; u16 at 18: references. */
  dataOffset: 16,
  references: 18,
  /** u16: segments; u16 at 22: port. */
  segments: 20,
  offloadFlags: 24,
  packetType: 32,
  /** u32: bytes of all segments. */
  packetLength: 36,
  /** u16: bytes of this segment; u16 at 42: VLAN. */
  dataLength: 40,
  bufferLength: 54,
  pool: 56,
  next: 64,
  transmitOffload: 72,
  bytes: 128,
} as const;

/** RTE_PKTMBUF_HEADROOM of the distributions' build: where the drivers let a frame begin. */
export const headroomBytes = 128;
/** From the start of an mbuf to the frame in it: the buffer follows the structure. */
export const frameAt = mbuf.bytes + headroomBytes;
/** RTE_MBUF_DEFAULT_BUF_SIZE: headroom and 2048 bytes of frame. */
export const bufferBytes = 2048 + headroomBytes;

/** struct rte_mempool of lib/mempool/rte_mempool.h, the same in 22.11 to 25.11. */
export const mempool = {
  size: 64,
  cacheSize: 68,
  elementBytes: 72,
  headerBytes: 76,
  trailerBytes: 80,
  operations: 88,
  elements: 112,
  chunks: 136,
  bytes: 192,
} as const;

/** RTE_MEMPOOL_F_NO_IOVA_CONTIG: no device will ever see the physical addresses. */
export const noContiguousIova = 0x20;
/** sizeof(struct rte_pktmbuf_pool_private) of lib/mbuf/rte_mbuf.h */
export const poolPrivateBytes = 8;

/** struct rte_memseg of lib/eal/include/rte_memory.h: a page of DPDK's own memory. */
export const memorySegment = { address: 8, length: 16 } as const;

/** struct rte_mempool_memhdr: a chunk of memory of a pool. */
export const memoryChunk = { next: 0, address: 16, length: 32 } as const;
/** struct rte_mempool_objhdr: stands right before each mbuf. */
export const objectHeader = { next: 0, bytes: 24 } as const;
/** struct rte_mempool_ops_table: from 64 on, 128 bytes for each kind of pool. */
export const poolOperations = { first: 64, bytes: 128, enqueue: 48, dequeue: 56 } as const;

/**
 * struct rte_eth_conf is 2272 bytes in 22.11 and 2280 in 24.11; all zero is the default. Of rxmode
 * and rx_adv_conf.rss_conf: how frames are spread over queues, and by which kinds of flow.
 */
export const deviceConfiguration = { receiveMode: 8, hashedFlows: 144, bytes: 4096 } as const;
/** RTE_ETH_MQ_RX_RSS: by a hash of the flow. */
export const receiveByHash = 1;
/** RTE_ETH_RSS_IPV4 and RTE_ETH_RSS_NONFRAG_IPV4_UDP. A driver refuses what its device can't. */
export const flowKinds = { ipv4: 1 << 2, udp: 1 << 5 } as const;
/** struct rte_eth_stats begins with eight u64: packets, bytes, missed, errors, no mbuf. */
export const deviceStatistics = { noMbuf: 56, bytes: 1024 } as const;

export interface DpdkLayout {
  readonly version: string;
  /** The number in the name of its libraries: librte_eal.so.23. */
  readonly library: number;
  readonly fastPath: FastPathLayout;
}

/** The long-term releases that were tried or read, newest first; no others are driven. */
export const layouts: readonly DpdkLayout[] = [
  { version: "25.11", library: 26, fastPath: queuesFirst },
  { version: "24.11", library: 25, fastPath: queuesFirst },
  { version: "23.11", library: 24, fastPath: queuesFirst },
  { version: "22.11", library: 23, fastPath: functionsFirst },
];

/**
 * The layout for what `rte_version()` says, "DPDK 22.11.11".
 *
 * @throws IopathError for a version that nobody has looked at: a guess would corrupt memory
 */
export function layoutOf(version: string): DpdkLayout {
  const release = /^DPDK (\d+\.\d+)\b/.exec(version)?.[1];
  const found = layouts.find((layout) => layout.version === release);
  if (found) return found;
  const known = layouts.map((layout) => layout.version).toReversed();
  throw new IopathError(ExitStatus.cannotRun, `the layouts of "${version}" are not known`, {
    remedy: `install DPDK ${known.join(", ")}`,
  });
}
