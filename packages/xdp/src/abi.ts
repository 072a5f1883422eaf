/** Constants and layouts of AF_XDP, from linux/if_xdp.h (6.12) unless another header is named. */

/** Socket options of SOL_XDP. */
export const XDP_MMAP_OFFSETS = 1;
export const XDP_RX_RING = 2;
export const XDP_TX_RING = 3;
export const XDP_UMEM_REG = 4;
export const XDP_UMEM_FILL_RING = 5;
export const XDP_UMEM_COMPLETION_RING = 6;
export const XDP_STATISTICS = 7;
export const XDP_OPTIONS = 8;
/** Since Linux 6.17: skbs that one kick may send in copy mode; 32 before. */
export const XDP_MAX_TX_SKB_BUDGET = 9;

/** Flags of struct sockaddr_xdp. */
export const XDP_SHARED_UMEM = 1 << 0;
export const XDP_COPY = 1 << 1;
export const XDP_ZEROCOPY = 1 << 2;
export const XDP_USE_NEED_WAKEUP = 1 << 3;

/** Flag in a ring: the kernel waits for a system call. */
export const XDP_RING_NEED_WAKEUP = 1 << 0;

/** Socket options of SOL_SOCKET, from asm-generic/socket.h; the last two are Linux 5.11. */
export const SO_BUSY_POLL = 46;
export const SO_INCOMING_NAPI_ID = 56;
export const SO_PREFER_BUSY_POLL = 69;
export const SO_BUSY_POLL_BUDGET = 70;

/** Offsets to pass to mmap(2). */
export const XDP_PGOFF_RX_RING = 0;
export const XDP_PGOFF_TX_RING = 0x8000_0000;
export const XDP_UMEM_PGOFF_FILL_RING = 0x1_0000_0000;
export const XDP_UMEM_PGOFF_COMPLETION_RING = 0x1_8000_0000;

/** Flag of struct xdp_options: the driver's rings use the UMEM itself. */
export const XDP_OPTIONS_ZEROCOPY = 1 << 0;

/** struct sockaddr_xdp */
export const sockaddrXdp = {
  family: 0,
  flags: 2,
  interfaceIndex: 4,
  queue: 8,
  sharedFd: 12,
  bytes: 16,
};
/** struct xdp_statistics: what was dropped for other reasons, and for a full RX ring; u64 each. */
export const xdpStatistics = { dropped: 0, ringFull: 24, bytes: 48 };
/** struct xdp_umem_reg */
export const umemRegistration = { address: 0, length: 8, chunkBytes: 16, headroom: 20, bytes: 32 };
/** struct xdp_options */
export const xdpOptions = { flags: 0, bytes: 4 };
/**
 * struct xdp_mmap_offsets: four struct xdp_ring_offset of four u64 (producer, consumer, desc,
 * flags).
 */
export const mmapOffsets = { rx: 0, tx: 32, fill: 64, completion: 96, bytes: 128 };
export const ringOffset = { producer: 0, consumer: 8, entries: 16, flags: 24 };
/** struct xdp_desc as 32-bit words: address (low), address (high), length, options. */
export const descriptorWords = 4;
/** An entry of the fill and completion rings: a 64-bit address. */
export const addressWords = 2;
