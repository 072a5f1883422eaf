/*
 * The wire to other processes: a datagram socket a queue pair, in the folder that STAND_IN_HCA_WIRE
 * names, under "GID-QPN" in hexadecimal. A full socket is a receive queue that has run dry.
 */
#include "hca.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *folder(void)
{
	const char *name = getenv("STAND_IN_HCA_WIRE");
	return name && *name ? name : NULL;
}

bool has_wire(void)
{
	return folder() != NULL;
}

static struct sockaddr_un address_of(const union ibv_gid *gid, uint32_t qpn)
{
	char hex[2 * sizeof *gid + 1];
	for (size_t i = 0; i < sizeof *gid; i++)
		sprintf(hex + 2 * i, "%02x", gid->raw[i]);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "%s/%s-%x", folder(), hex, qpn);
	return address;
}

/* A pair answers to each of our GIDs, and a datagram's receiver has none of its own: the first
 * stands for all. */
void wire_open(struct queue_pair *pair)
{
	if (!folder() || pair->socket >= 0)
		return;
	int sgid_index = pair->attr.ah_attr.grh.sgid_index;
	struct sockaddr_un address = address_of(gid_at(sgid_index > 0 ? sgid_index : 1), pair->qp.qp_num);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int buffer = 1 << 20;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	unlink(address.sun_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		perror("stand-in HCA: bind");
		close(fd);
		return;
	}
	pair->socket = fd;
}

void wire_close(struct queue_pair *pair)
{
	struct sockaddr_un address;
	socklen_t bytes = sizeof address;
	if (pair->socket < 0)
		return;
	if (getsockname(pair->socket, (struct sockaddr *)&address, &bytes) == 0)
		unlink(address.sun_path);
	close(pair->socket);
	pair->socket = -1;
}

enum delivery wire_send(struct queue_pair *pair, const union ibv_gid *gid, uint32_t qpn,
			const struct message *message, const struct work *work)
{
	if (!folder() || pair->socket < 0)
		return NO_SUCH_PEER;
	struct sockaddr_un address = address_of(gid, qpn);
	struct iovec parts[SGE_MAX + 1] = { { (void *)message, sizeof *message } };
	for (int i = 0; i < work->sges; i++)
		parts[i + 1] = (struct iovec){ (void *)(uintptr_t)work->sge[i].addr, work->sge[i].length };
	struct msghdr header = {
		.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = parts, .msg_iovlen = work->sges + 1,
	};
	if (sendmsg(pair->socket, &header, 0) >= 0)
		return DELIVERED;
	return errno == EAGAIN || errno == ENOBUFS ? NO_RECEIVE : NO_SUCH_PEER;
}

/* Messages stay in the socket until a receive is posted for them. */
void wire_receive(struct queue_pair *pair)
{
	static char buffer[1 << 18];
	struct message message;
	if (pair->socket < 0)
		return;
	while (next_receive(pair)) {
		struct iovec parts[2] = { { &message, sizeof message }, { buffer, sizeof buffer } };
		struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t bytes = recvmsg(pair->socket, &header, 0);
		if (bytes < (ssize_t)sizeof message)
			return;
		if (pair->qp.qp_type == IBV_QPT_UD && message.qkey != pair->attr.qkey)
			continue;
		struct work work = { .sges = 1, .sge = { { (uintptr_t)buffer, bytes - sizeof message, 0 } } };
		deliver(pair, &message, &work);
	}
}
