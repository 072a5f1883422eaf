/* The af-xdp forwarder in C: the same rings, UMEM, bursts and kicks as the TypeScript one. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workload.h"

enum { CHUNK = 2048, CHUNKS = 4096, RING = 2048, KICKS_MAX = 160, BUDGET = 256 };
#define MAX_TX_SKB_BUDGET 9

struct ring {
	uint32_t *producer, *consumer, *flags;
	void *entries, *map;
	size_t bytes;
	uint32_t own, mask;
};

static int from = -1, to = -1;
static unsigned burst;
static uint8_t macs[12];
static uint8_t *umem;
static struct ring rx, tx, fill, completion, unused[4];
static struct counters counters;

static uint32_t acquire(uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void release(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static void map_ring(struct ring *ring, int fd, struct xdp_ring_offset *at, uint32_t size,
		     size_t entry, off_t page)
{
	ring->bytes = at->desc + size * entry;
	uint8_t *map = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, page);
	ring->map = map;
	ring->producer = (uint32_t *)(map + at->producer);
	ring->consumer = (uint32_t *)(map + at->consumer);
	ring->flags = (uint32_t *)(map + at->flags);
	ring->entries = map + at->desc;
	ring->mask = size - 1;
}

static void map_rings(int fd, struct ring *r, struct ring *t, struct ring *f, struct ring *c)
{
	int chunks = CHUNKS, ring = RING;
	struct xdp_mmap_offsets at;
	socklen_t length = sizeof(at);
	setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &chunks, sizeof(chunks));
	setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &chunks, sizeof(chunks));
	setsockopt(fd, SOL_XDP, XDP_RX_RING, &ring, sizeof(ring));
	setsockopt(fd, SOL_XDP, XDP_TX_RING, &ring, sizeof(ring));
	getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length);
	map_ring(r, fd, &at.rx, RING, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	map_ring(t, fd, &at.tx, RING, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
	map_ring(f, fd, &at.fr, CHUNKS, 8, XDP_UMEM_PGOFF_FILL_RING);
	map_ring(c, fd, &at.cr, CHUNKS, 8, XDP_UMEM_PGOFF_COMPLETION_RING);
}

static int bind_retrying(int fd, int ifindex, int flags, int shared)
{
	struct sockaddr_xdp address = { .sxdp_family = AF_XDP,
					.sxdp_flags = flags,
					.sxdp_ifindex = ifindex,
					.sxdp_shared_umem_fd = shared };
	for (int tries = 0; tries < 100; tries++) {
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return 0;
		if (errno != EBUSY)
			return -1;
		usleep(10000);
	}
	return -1;
}

/* Returns the descriptor of the receiving socket, for the XSKMAP of the caller's XDP program. */
int peer_open(const struct ends *ends, unsigned frames)
{
	int budget = BUDGET;
	memcpy(macs, ends->rewrite, sizeof(macs));
	burst = frames;
	umem = mmap(NULL, CHUNKS * CHUNK, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	from = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	to = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct xdp_umem_reg reg = { .addr = (uintptr_t)umem, .len = CHUNKS * CHUNK, .chunk_size = CHUNK };
	setsockopt(from, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
	map_rings(from, &rx, &unused[0], &fill, &unused[1]);
	map_rings(to, &unused[2], &tx, &unused[3], &completion);
	if (bind_retrying(from, ends->ingress, XDP_COPY | XDP_USE_NEED_WAKEUP, 0))
		return -1;
	if (bind_retrying(to, ends->egress, XDP_SHARED_UMEM, from))
		return -1;
	setsockopt(to, SOL_XDP, MAX_TX_SKB_BUDGET, &budget, sizeof(budget));
	for (uint32_t i = 0; i < CHUNKS; i++)
		((uint64_t *)fill.entries)[i] = (uint64_t)i * CHUNK;
	fill.own = CHUNKS;
	release(fill.producer, fill.own);
	return from;
}

static void give_back(uint64_t address)
{
	((uint64_t *)fill.entries)[fill.own++ & fill.mask] = address & ~(uint64_t)(CHUNK - 1);
}

static void reclaim(void)
{
	uint32_t count = acquire(completion.producer) - completion.own;
	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++)
		give_back(((uint64_t *)completion.entries)[completion.own++ & completion.mask]);
	release(fill.producer, fill.own);
	release(completion.consumer, completion.own);
}

static void kick(void)
{
	for (int kicks = 0; kicks < KICKS_MAX && acquire(tx.consumer) != tx.own; kicks++) {
		if (!(acquire(tx.flags) & XDP_RING_NEED_WAKEUP))
			return;
		if (sendto(to, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno == EBUSY) {
			counters.sent--;
			counters.unsent++;
		}
	}
}

int peer_step(void)
{
	reclaim();
	uint32_t count = acquire(rx.producer) - rx.own;
	if (count == 0) {
		if (acquire(fill.flags) & XDP_RING_NEED_WAKEUP)
			recvfrom(from, NULL, 0, MSG_DONTWAIT, NULL, NULL);
		return 0;
	}
	if (count > burst)
		count = burst;
	counters.received += count;
	uint32_t room = RING - (tx.own - acquire(tx.consumer)), sent = 0, kept = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct xdp_desc frame = ((struct xdp_desc *)rx.entries)[rx.own++ & rx.mask];
		int drop = forward_ipv4(umem + frame.addr, frame.len, macs);
		if (drop || sent == room) {
			if (drop)
				counters.dropped[drop - 1]++;
			else
				counters.unsent++;
			give_back(frame.addr);
			kept++;
			continue;
		}
		((struct xdp_desc *)tx.entries)[tx.own++ & tx.mask] =
			(struct xdp_desc){ .addr = frame.addr, .len = frame.len };
		sent++;
	}
	release(rx.consumer, rx.own);
	if (kept)
		release(fill.producer, fill.own);
	if (sent) {
		release(tx.producer, tx.own);
		counters.sent += sent;
		kick();
	}
	return count;
}

/* A loop in which there is nothing but C. */
void peer_steps(unsigned count)
{
	while (count--)
		peer_step();
}

struct counters *peer_counters(void)
{
	return &counters;
}

void peer_close(void)
{
	struct ring *all[] = { &rx, &tx, &fill, &completion, unused, unused + 1, unused + 2, unused + 3 };
	for (int i = 0; i < 8; i++)
		munmap(all[i]->map, all[i]->bytes);
	close(from);
	close(to);
	munmap(umem, CHUNKS * CHUNK);
}
