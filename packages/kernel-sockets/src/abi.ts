/** Constants and layouts of the socket API, x86-64 and arm64 (64-bit longs). */

/** struct mmsghdr (recvmmsg(2)): a struct msghdr and the length that was received or sent. */
export const mmsghdr = { iov: 16, iovCount: 24, length: 56, bytes: 64 } as const;
/** struct iovec, readv(2) */
export const iovec = { base: 0, length: 8, bytes: 16 } as const;

/** linux/if_ether.h: every protocol */
export const ETH_P_ALL = 0x0003;
/** linux/if_packet.h */
export const PACKET_QDISC_BYPASS = 20;
export const PACKET_IGNORE_OUTGOING = 23;

/** asm-generic/socket.h */
export const SO_ATTACH_FILTER = 26;

/** struct sock_fprog: count u16, then a pointer at 8; struct sock_filter: code u16, jt u8, jf u8, k u32. */
export const socketFilterProgram = { count: 0, instructions: 8, bytes: 16 } as const;
/** linux/filter.h: ancillary data lies at these "negative" offsets. */
export const SKF_AD_OFF = -0x1000;
export const SKF_AD_VLAN_TAG_PRESENT = 48;
