/* The packet-mmsg forwarder in C: the same sockets, buffers and bursts as the TypeScript one. */
#define _GNU_SOURCE
#include "packet-socket.h"

enum { FRAME_START = PACKET_FRAME_START };

#include "message-loop.h"

static int open_sockets(const struct ends *ends)
{
	from = open_packet_socket(ends->ingress, ETH_P_ALL);
	to = open_packet_socket(ends->egress, 0);
	return from < 0 || to < 0 ? -1 : 0;
}
