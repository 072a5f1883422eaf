/*
 * The loop of packages/userspace-pmd in C: the same drivers, pool, bursts and workload, with DPDK's
 * own inline functions. Ports are numbered in the order of --vdev; frames go from port FROM to port
 * TO, and what TO sends comes back at FROM (net_null makes them, a net_ring is both ends, others
 * are wired). Prints the frames forwarded in a second of the thread's CPU time.
 *
 *     forward [EAL arguments] -- FROM TO FRAMES BURST CPU_MILLISECONDS packed|default
 *
 * FRAMES go round; 0 for a device that makes its own.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../workload.h"

enum { BURST_MAX = 512, FRAME_BYTES = 60, BURSTS_PER_REFRESH = 100, LOOK_EVERY = 200, MBUFS_OF_NULL = 1023 };

static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3 };
static uint8_t frame[FRAME_BYTES];
static struct counters counters;
static struct rte_mempool *pool;
static uint16_t from, to;

static void build_frame(void)
{
	const uint8_t headers[34] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0, 0,
				      0, 0, 255, 17, 0, 0, 198, 18, 0, 1, 198, 19, 0, 1 };
	uint32_t sum = 0;
	memcpy(frame, headers, sizeof(headers));
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (uint8_t)(~sum >> 8);
	frame[25] = (uint8_t)~sum;
}

static void write_frame(struct rte_mempool *p, void *argument, void *object, unsigned index)
{
	struct rte_mbuf *m = object;
	(void)p, (void)argument, (void)index;
	memcpy((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM, frame, FRAME_BYTES);
}

static void start_port(uint16_t port)
{
	struct rte_eth_conf configuration = { 0 };
	uint16_t receive = 1024, transmit = 1024;
	if (rte_eth_dev_configure(port, 1, 1, &configuration) ||
	    rte_eth_dev_adjust_nb_rx_tx_desc(port, &receive, &transmit) ||
	    rte_eth_rx_queue_setup(port, 0, receive, SOCKET_ID_ANY, NULL, pool) ||
	    rte_eth_tx_queue_setup(port, 0, transmit, SOCKET_ID_ANY, NULL) || rte_eth_dev_start(port))
		rte_exit(EXIT_FAILURE, "port %u does not start\n", port);
	rte_eth_promiscuous_enable(port);
}

/* The frames have come near the end of their lives: TTL and checksum anew. */
static void refresh(struct rte_mbuf **list, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		memcpy(rte_pktmbuf_mtod(list[i], uint8_t *) + 20, frame + 20, 8);
}

static uint16_t forward(struct rte_mbuf **list, uint16_t burst, int stale)
{
	struct rte_mbuf *dropped[BURST_MAX];
	uint16_t kept = 0, lost = 0;
	uint16_t count = rte_eth_rx_burst(from, 0, list, burst);
	counters.received += count;
	if (stale > 0)
		refresh(list, count);
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *m = list[i];
		int drop = forward_ipv4(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, macs);
		if (drop) {
			counters.dropped[drop - 1]++;
			dropped[lost++] = m;
		} else {
			list[kept++] = m;
		}
	}
	if (lost)
		rte_pktmbuf_free_bulk(dropped, lost);
	uint16_t sent = rte_eth_tx_burst(to, 0, list, kept);
	if (sent < kept) {
		rte_pktmbuf_free_bulk(list + sent, kept - sent);
		counters.unsent += kept - sent;
	}
	counters.sent += sent;
	return count;
}

static double cpu_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void inject(uint16_t count)
{
	struct rte_mbuf *list[BURST_MAX];
	struct rte_eth_link link = { 0 };
	for (int tries = 0; tries < 3000 && !link.link_status; tries++) {
		rte_eth_link_get_nowait(to, &link);
		usleep(1000);
	}
	if (rte_pktmbuf_alloc_bulk(pool, list, count))
		rte_exit(EXIT_FAILURE, "no mbufs\n");
	for (uint16_t i = 0; i < count; i++) {
		list[i]->data_len = list[i]->pkt_len = FRAME_BYTES;
		memcpy(rte_pktmbuf_mtod(list[i], uint8_t *), frame, FRAME_BYTES);
	}
	for (int tries = 0, sent = 0; sent < count; tries++) {
		sent += rte_eth_tx_burst(to, 0, list + sent, (uint16_t)(count - sent));
		if (tries > 1000000)
			rte_exit(EXIT_FAILURE, "port %u takes no frames\n", to);
	}
}

/* The time to warm up, and the time again. */
static double measure(uint16_t frames, uint16_t burst, double seconds)
{
	struct rte_mbuf *list[BURST_MAX];
	double start = cpu_seconds(), now = start, rate = 0;
	unsigned bursts = 0;
	int stale = 0;
	for (int measured = 0; measured <= 1; measured++) {
		uint64_t before = counters.sent;
		start = now;
		while (now - start < seconds) {
			for (int i = 0; i < LOOK_EVERY; i++) {
				if (++bursts % BURSTS_PER_REFRESH == 0)
					stale = 2 * (frames + burst);
				uint16_t count = forward(list, burst, stale);
				if (stale > 0)
					stale -= count;
			}
			now = cpu_seconds();
		}
		rate = (double)(counters.sent - before) / (now - start);
	}
	return rate;
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	if (used < 0 || argc - used != 7)
		rte_exit(EXIT_FAILURE, "usage: [EAL] -- FROM TO FRAMES BURST CPU_MILLISECONDS packed|default\n");
	argv += used + 1;
	from = (uint16_t)atoi(argv[0]);
	to = (uint16_t)atoi(argv[1]);
	uint16_t frames = (uint16_t)atoi(argv[2]), burst = (uint16_t)atoi(argv[3]);
	double seconds = atof(argv[4]) / 1000;
	unsigned mbufs = frames ? 8191 : MBUFS_OF_NULL;
	if (!strcmp(argv[5], "packed")) /* as packages/userspace-pmd/src/pool.ts does it, and why */
		pool = rte_mempool_create("mbufs", mbufs, sizeof(struct rte_mbuf) + 2176, 256,
					  sizeof(struct rte_pktmbuf_pool_private), rte_pktmbuf_pool_init,
					  NULL, rte_pktmbuf_init, NULL, SOCKET_ID_ANY,
					  RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	else
		pool = rte_pktmbuf_pool_create("mbufs", mbufs, 256, 0, 2176, SOCKET_ID_ANY);
	if (!pool)
		rte_exit(EXIT_FAILURE, "no pool\n");
	build_frame();
	rte_mempool_obj_iter(pool, write_frame, NULL);
	start_port(from);
	if (to != from)
		start_port(to);
	if (frames)
		inject(frames);
	printf("framesPerCpuSecond %.0f\n", measure(frames, burst, seconds));
	if (counters.dropped[TTL])
		rte_exit(EXIT_FAILURE, "frames died\n");
	return 0;
}
