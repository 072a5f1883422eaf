/* Packet sockets as packages/kernel-sockets/src/open-sockets.ts opens them. */
#ifndef IOPATH_PACKET_SOCKET_H
#define IOPATH_PACKET_SOCKET_H

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* The length to which the filter cuts a frame with a VLAN tag (vlan-filter.ts). */
enum { VLAN_MARK = 12 };

/* Where frames begin behind a cache line: packages/native/src/frame-start.ts. */
enum { PACKET_FRAME_START = 32 };

/* protocol 0: for transmission alone */
static inline int open_packet_socket(int ifindex, int protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int bytes = 8 << 20, on = 1;
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(protocol),
				       .sll_ifindex = ifindex };
	struct sock_filter code[] = {
		{ 0x30, 0, 0, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT) },
		{ 0x15, 0, 1, 0 },
		{ 0x06, 0, 0, 0x40000 },
		{ 0x80, 0, 0, 0 },
		{ 0x35, 1, 0, 30 },
		{ 0x06, 0, 0, VLAN_MARK + 1 },
		{ 0x06, 0, 0, VLAN_MARK },
	};
	struct sock_fprog filter = { 7, code };
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (protocol) {
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
	} else {
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	}
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

/* Gives a marked frame its EtherType back; returns a length with room for both headers. */
static inline uint32_t restore_vlan_frame(uint8_t *frame)
{
	frame[12] = 0x81;
	frame[13] = 0;
	return 34;
}

#endif
