/** Constants and layouts of sockets and their messages, x86-64 and arm64 (64-bit longs). */

/** struct mmsghdr (recvmmsg(2)): a struct msghdr and the length that was received or sent. */
export const mmsghdr = {
  iov: 16,
  iovCount: 24,
  control: 32,
  controlBytes: 40,
  length: 56,
  bytes: 64,
} as const;
/** struct cmsghdr, cmsg(3): length u64 (header included), level, type, data; padded to 8 bytes. */
export const cmsghdr = { length: 0, level: 8, type: 12, data: 16, spaceOfOneInt: 24 } as const;
/** struct iovec, readv(2) */
export const iovec = { base: 0, length: 8, bytes: 16 } as const;

/** linux/if_ether.h: every protocol */
export const ETH_P_ALL = 0x0003;
/** linux/if_packet.h (6.1): options of SOL_PACKET. */
export const PACKET_AUXDATA = 8;
export const PACKET_QDISC_BYPASS = 20;
export const PACKET_IGNORE_OUTGOING = 23;
/**
 * The VLAN tag that the kernel took off a frame before a packet socket saw it, and its EtherType.
 */
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
/** struct tpacket_auxdata: u32 status; u16 VLAN tag and protocol, in the byte order of the host. */
export const packetAuxiliaryData = {
  status: 0,
  vlanTag: 16,
  vlanProtocol: 18,
  bytes: 20,
} as const;
