/** Constants and layouts of the socket API, x86-64 and arm64 (64-bit longs). */

/** struct mmsghdr (recvmmsg(2)): a struct msghdr and the length that was received or sent. */
export const mmsghdr = { iov: 16, iovCount: 24, length: 56, bytes: 64 } as const;
/** struct iovec, readv(2) */
export const iovec = { base: 0, length: 8, bytes: 16 } as const;

/** linux/if_ether.h: every protocol */
export const ETH_P_ALL = 0x0003;
/** linux/if_packet.h (6.1): options of SOL_PACKET. */
export const PACKET_RX_RING = 5;
export const PACKET_VERSION = 10;
export const PACKET_RESERVE = 12;
export const PACKET_TX_RING = 13;
export const PACKET_QDISC_BYPASS = 20;
export const PACKET_IGNORE_OUTGOING = 23;

/** linux/if_packet.h: versions of the rings, as PACKET_VERSION takes them. */
export const TPACKET_V2 = 1;
/** Who owns a slot of a receive ring, and what is known of its frame. */
export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1 << 0;
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
/** Who owns a slot of a transmit ring, and what became of its frame. */
export const TP_STATUS_AVAILABLE = 0;
export const TP_STATUS_SEND_REQUEST = 1 << 0;
export const TP_STATUS_WRONG_FORMAT = 1 << 2;
/** struct tpacket_req */
export const tpacketRequest = { blockBytes: 0, blocks: 4, slotBytes: 8, slots: 12, bytes: 16 };
/** struct tpacket2_hdr: u32 status, length, captured length; u16 MAC offset; u16 VLAN tag and protocol. */
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
export const SO_ATTACH_FILTER = 26;

/** struct sock_fprog: count u16, then a pointer at 8; struct sock_filter: code u16, jt u8, jf u8, k u32. */
export const socketFilterProgram = { count: 0, instructions: 8, bytes: 16 } as const;
/** linux/filter.h: ancillary data lies at these "negative" offsets. */
export const SKF_AD_OFF = -0x1000;
export const SKF_AD_VLAN_TAG_PRESENT = 48;
