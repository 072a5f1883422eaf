/* The GIDs of the port, by which queue pairs name each other. */
#include "hca.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* QEMU takes no backend GID of index 0, so we have none. */
static union ibv_gid gids[GIDS_MAX];
static int gid_count = 1;

/* STAND_IN_HCA_GIDS is a list of IPv6 addresses with commas between them. */
void read_gids(void)
{
	const char *text = getenv("STAND_IN_HCA_GIDS");
	char *copy = strdup(text ? text : ""), *rest = copy, *name;
	for (gid_count = 1; gid_count < GIDS_MAX && (name = strsep(&rest, ","));)
		if (inet_pton(AF_INET6, name, &gids[gid_count]) == 1)
			gid_count++;
	free(copy);
}

int gid_index(const union ibv_gid *gid)
{
	for (int i = 1; i < gid_count; i++)
		if (memcmp(gid, &gids[i], sizeof *gid) == 0)
			return i;
	return -1;
}

const union ibv_gid *gid_at(int index)
{
	return &gids[index > 0 && index < gid_count ? index : 0];
}

int ibv_query_gid(struct ibv_context *of, uint8_t port, int index, union ibv_gid *gid)
{
	(void)of, (void)port;
	if (index < 0 || index >= gid_count) {
		errno = EINVAL;
		return -1;
	}
	*gid = gids[index];
	return 0;
}
