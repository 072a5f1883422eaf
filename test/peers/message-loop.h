/*
 * A forwarder on recvmmsg and sendmmsg in C: the same buffers and bursts as the TypeScript one.
 * What includes it defines open_sockets, and FRAME_START: where frames begin behind a cache line.
 */
#ifndef IOPATH_MESSAGE_LOOP_H
#define IOPATH_MESSAGE_LOOP_H

#include <stdlib.h>

#include "packet-socket.h"
#include "workload.h"

enum { BUFFER_BYTES = 25 * 64, BURST_MAX = 1024 };

static int from = -1, to = -1;
static unsigned burst;
static uint8_t macs[12];
static struct mmsghdr in[BURST_MAX], out[BURST_MAX];
static struct iovec in_vector[BURST_MAX], out_vector[BURST_MAX];
static uint8_t *buffers;
static struct counters counters;

/* Sets from and to; returns 0, or -1. */
static int open_sockets(const struct ends *ends);

int peer_open(const struct ends *ends, unsigned frames)
{
	memcpy(macs, ends->rewrite, sizeof(macs));
	burst = frames;
	size_t bytes = (size_t)burst * BUFFER_BYTES;
	buffers = aligned_alloc(4096, (FRAME_START + bytes + 4095) / 4096 * 4096);
	memset(buffers, 0, FRAME_START + bytes);
	buffers += FRAME_START;
	for (unsigned i = 0; i < burst; i++) {
		in_vector[i] = (struct iovec){ buffers + (size_t)i * BUFFER_BYTES, BUFFER_BYTES };
		out_vector[i] = in_vector[i];
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &in_vector[i], .msg_iovlen = 1 };
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &out_vector[i], .msg_iovlen = 1 };
	}
	return open_sockets(ends);
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
		if (bytes == VLAN_MARK)
			bytes = restore_vlan_frame(frame);
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
	free(buffers - FRAME_START);
}

#endif
