/* The packet-mmsg forwarder in C: the same sockets, buffers and bursts as the TypeScript one. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workload.h"

enum { BUFFER_BYTES = 2048, BURST_MAX = 1024, VLAN_MARK = 12 };

static int from = -1, to = -1;
static unsigned burst;
static uint8_t macs[12];
static struct mmsghdr in[BURST_MAX], out[BURST_MAX];
static struct iovec in_vector[BURST_MAX], out_vector[BURST_MAX];
static uint8_t *buffers;
static struct counters counters;

static int open_socket(int ifindex, int protocol)
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

int peer_open(int ingress, int egress, unsigned frames, const uint8_t *rewrite)
{
	memcpy(macs, rewrite, sizeof(macs));
	burst = frames;
	buffers = aligned_alloc(4096, (size_t)burst * BUFFER_BYTES);
	memset(buffers, 0, (size_t)burst * BUFFER_BYTES);
	for (unsigned i = 0; i < burst; i++) {
		in_vector[i] = (struct iovec){ buffers + (size_t)i * BUFFER_BYTES, BUFFER_BYTES };
		out_vector[i] = in_vector[i];
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &in_vector[i], .msg_iovlen = 1 };
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &out_vector[i], .msg_iovlen = 1 };
	}
	from = open_socket(ingress, ETH_P_ALL);
	to = open_socket(egress, 0);
	return from < 0 || to < 0 ? -1 : 0;
}

static void send_run(int first, int end)
{
	while (first < end) {
		int sent = sendmmsg(to, out + first, end - first, MSG_DONTWAIT);
		if (sent > 0) {
			counters.sent += sent;
			first += sent;
		} else {
			counters.unsent++;
			first++;
		}
	}
}

int peer_step(void)
{
	int count = recvmmsg(from, in, burst, MSG_DONTWAIT, NULL);
	if (count <= 0)
		return 0;
	counters.received += count;
	int first = 0;
	for (int i = 0; i < count; i++) {
		uint8_t *frame = buffers + (size_t)i * BUFFER_BYTES;
		uint32_t bytes = in[i].msg_len;
		if (bytes == VLAN_MARK) {
			frame[12] = 0x81;
			frame[13] = 0;
			bytes = 34;
		}
		int drop = forward_ipv4(frame, bytes, macs);
		out_vector[i].iov_len = bytes;
		if (drop) {
			counters.dropped[drop - 1]++;
			send_run(first, i);
			first = i + 1;
		}
	}
	send_run(first, count);
	return count;
}

struct counters *peer_counters(void)
{
	return &counters;
}

void peer_close(void)
{
	close(from);
	close(to);
	free(buffers);
}
