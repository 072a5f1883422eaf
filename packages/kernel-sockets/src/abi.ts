/**
 * Constants and layouts of the socket API that only this package uses, x86-64 and arm64 (64-bit
 * longs); those of messages and packet sockets are in native.
 */

/** linux/in.h: send errors are reported, ENOBUFS of a full device queue included; ip(7). */
export const IPPROTO_IP = 0;
export const IP_RECVERR = 11;
/** linux/udp.h (6.1): control messages and options of SOL_UDP. */
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
/** net/ipv4/udp.c, UDP_MAX_SEGMENTS before 6.9: datagrams that one send may be cut into. */
export const udpSegmentsMax = 64;
/** The largest payload of one IPv4 datagram: 65535 less the IPv4 and UDP headers. */
export const udpPayloadBytesMax = 65507;

/** linux/if_packet.h (6.1): options of SOL_PACKET. */
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
export const PACKET_VERSION = 10;
export const PACKET_RESERVE = 12;
export const PACKET_TX_RING = 13;
export const PACKET_FANOUT = 18;

/** Each socket of a fanout group gets the frames of one receive queue. */
export const PACKET_FANOUT_QM = 5;

/** linux/if_packet.h: versions of the rings, as PACKET_VERSION takes them. */
export const TPACKET_V2 = 1;
export const TPACKET_V3 = 2;
/** Who owns a slot of a receive ring. */
export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1 << 0;
/** Who owns a slot of a transmit ring, and what became of its frame. */
export const TP_STATUS_AVAILABLE = 0;
export const TP_STATUS_SEND_REQUEST = 1 << 0;
export const TP_STATUS_WRONG_FORMAT = 1 << 2;
/** struct tpacket_stats */
export const packetStatistics = { drops: 4, bytes: 8 };
/** struct tpacket_req */
export const tpacketRequest = { blockBytes: 0, blocks: 4, slotBytes: 8, slots: 12, bytes: 16 };
/**
 * struct tpacket_req3: as tpacket_req, and after how many milliseconds a block is handed over
 * part-full.
 */
export const tpacketRequest3 = { ...tpacketRequest, retireMs: 16, bytes: 28 };
/** struct tpacket_block_desc with its struct tpacket_hdr_v1. */
export const tpacketBlock = { status: 8, frames: 12, firstFrame: 16 };
/**
 * struct tpacket3_hdr: u32 distance to the next, captured length, status; u16 MAC offset; u32 VLAN
 * tag, u16 protocol.
 */
export const tpacket3Header = {
  next: 0,
  capturedLength: 12,
  status: 20,
  macOffset: 24,
  vlanTag: 32,
  vlanProtocol: 36,
} as const;
/**
 * struct tpacket2_hdr: u32 status, length, captured length; u16 MAC offset; u16 VLAN tag and
 * protocol.
 */
export const tpacket2Header = {
  status: 0,
  length: 4,
  capturedLength: 8,
  macOffset: 12,
  vlanTag: 24,
  vlanProtocol: 26,
  /** Where the frame to transmit begins: TPACKET2_HDRLEN - sizeof(struct sockaddr_ll). */
  transmitData: 32,
} as const;

/** asm-generic/socket.h */
export const SO_REUSEPORT = 15;
export const SO_ATTACH_FILTER = 26;
export const SO_BUSY_POLL = 46;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_MEMINFO = 55;
export const SO_BUSY_POLL_BUDGET = 70;
/** linux/sock_diag.h: u32 values by SK_MEMINFO_*. */
export const socketMemory = { drops: 8 * 4, bytes: 9 * 4 };

/**
 * struct sock_fprog: count u16, then a pointer at 8; struct sock_filter: code u16, jt u8, jf u8, k
 * u32.
 */
export const socketFilterProgram = { count: 0, instructions: 8, bytes: 16 } as const;
/** linux/filter.h: ancillary data lies at these "negative" offsets. */
export const SKF_AD_OFF = -0x1000;
export const SKF_AD_QUEUE = 24;
export const SKF_AD_VLAN_TAG_PRESENT = 48;

/** linux/io_uring.h (6.1): flags of io_uring_setup(2). */
export const IORING_SETUP_CQSIZE = 1 << 3;
export const IORING_SETUP_SUBMIT_ALL = 1 << 7;
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
/** Operations, their flags, and those of recv. */
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;
export const IORING_OP_SEND_ZC = 47;
export const IOSQE_FIXED_FILE = 1 << 0;
export const IOSQE_BUFFER_SELECT = 1 << 5;
export const IOSQE_CQE_SKIP_SUCCESS = 1 << 6;
export const IORING_RECV_MULTISHOT = 1 << 1;
/** Flags of a completion; above them, from bit 16 on, the number of the buffer that was taken. */
export const IORING_CQE_F_BUFFER = 1 << 0;
export const IORING_CQE_BUFFER_SHIFT = 16;
/** io_uring_enter(2) and io_uring_register(2) */
export const IORING_ENTER_GETEVENTS = 1 << 0;
export const IORING_ENTER_REGISTERED_RING = 1 << 4;
export const IORING_REGISTER_FILES = 2;
export const IORING_REGISTER_RING_FDS = 20;
export const IORING_UNREGISTER_RING_FDS = 21;
export const IORING_REGISTER_PBUF_RING = 22;
/** Offsets to pass to mmap(2). */
export const IORING_OFF_SQ_RING = 0;
export const IORING_OFF_SQES = 0x1000_0000;
/** struct io_uring_params, with struct io_sqring_offsets and struct io_cqring_offsets in it. */
export const ioUringParams = {
  submissionEntries: 0,
  completionEntries: 4,
  flags: 8,
  features: 20,
  submissionHead: 40,
  submissionTail: 44,
  submissionFlags: 56,
  submissionArray: 64,
  completionHead: 80,
  completionTail: 84,
  completionArray: 100,
  completionFlags: 104,
  bytes: 120,
} as const;
/**
 * struct io_uring_sqe as 32-bit words. `operation`: opcode u8, flags u8, flags of the operation
 * u16.
 */
export const submissionWords = {
  operation: 0,
  file: 1,
  address: 4,
  length: 6,
  messageFlags: 7,
  userData: 8,
  bufferGroup: 10,
  words: 16,
} as const;
/** struct io_uring_cqe as 32-bit words. */
export const completionWords = { userData: 0, result: 2, flags: 3, words: 4 } as const;
/** struct io_uring_buf; the ring's tail lies where entry 0 has a reserved field. */
export const providedBuffer = {
  address: 0,
  length: 8,
  number: 12,
  ringTail: 14,
  bytes: 16,
} as const;
/** struct io_uring_buf_reg */
export const bufferRingRegistration = { address: 0, entries: 8, group: 12, bytes: 40 } as const;
/**
 * struct io_uring_rsrc_update, as IORING_REGISTER_RING_FDS takes it: `offset` all ones asks for any
 * place.
 */
export const ringRegistration = { offset: 0, fd: 8, bytes: 16 } as const;
