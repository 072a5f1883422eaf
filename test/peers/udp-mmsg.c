/* The udp-mmsg forwarder in C: the same sockets, buffers and bursts as the TypeScript one. */
#define _GNU_SOURCE
#include <netinet/in.h>

enum { FRAME_START = 0 };

#include "message-loop.h"

enum { INGRESS_PORT = 8192, EGRESS_PORT = 8193 };

static int udp_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = 8 << 20;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	return fd;
}

static struct sockaddr_in address_of(const uint8_t *ipv4, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	memcpy(&address.sin_addr, ipv4, 4);
	return address;
}

static int open_sockets(const struct ends *ends)
{
	struct sockaddr_in own = address_of(ends->receive_on, INGRESS_PORT);
	struct sockaddr_in next = address_of(ends->send_to, EGRESS_PORT);
	int on = 1;
	from = udp_socket();
	to = udp_socket();
	setsockopt(to, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (bind(from, (struct sockaddr *)&own, sizeof(own)))
		return -1;
	return connect(to, (struct sockaddr *)&next, sizeof(next));
}
