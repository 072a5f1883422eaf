/*
 * The loop of packages/userspace-pmd in C: the same drivers, pool, bursts, workload and tester, with DPDK's
 * own inline functions. Prints the frames forwarded in a second of the thread's CPU time.
 *
 *     dpdk-forward [EAL arguments] -- null|ring BURST CPU_MILLISECONDS packed|default
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

#include "workload.h"

enum { BURST_MAX = 512, FRAME_BYTES = 60, TTL_BURSTS = 60, LOOK_EVERY = 1000 };

static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3 };
static uint8_t frame[FRAME_BYTES];
static struct counters counters;
static struct rte_mempool *pool;

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

/* TTL and checksum alone: what the forwarder changed. */
static void refresh(struct rte_mempool *p, void *argument, void *object, unsigned index)
{
	struct rte_mbuf *m = object;
	(void)p, (void)argument, (void)index;
	memcpy((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM + 20, frame + 20, 8);
}

static void start_port(uint16_t port)
{
	struct rte_eth_conf configuration = { 0 };
	if (rte_eth_dev_configure(port, 1, 1, &configuration) ||
	    rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) ||
	    rte_eth_tx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL) || rte_eth_dev_start(port))
		rte_exit(EXIT_FAILURE, "port %u does not start\n", port);
}

static uint16_t forward(struct rte_mbuf **list, uint16_t burst)
{
	struct rte_mbuf *dropped[BURST_MAX];
	uint16_t kept = 0, lost = 0;
	uint16_t count = rte_eth_rx_burst(0, 0, list, burst);
	counters.received += count;
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
	uint16_t sent = rte_eth_tx_burst(1, 0, list, kept);
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

static struct rte_mbuf *held[BURST_MAX];
static unsigned windows;

static void null_window(struct rte_mbuf **list, uint16_t burst)
{
	if (++windows % TTL_BURSTS == 0)
		rte_mempool_obj_iter(pool, refresh, NULL);
	forward(list, burst);
}

static void ring_window(struct rte_mbuf **list, uint16_t burst)
{
	if (++windows % TTL_BURSTS == 0)
		for (uint16_t i = 0; i < burst; i++)
			memcpy(rte_pktmbuf_mtod(held[i], uint8_t *) + 20, frame + 20, 8);
	if (rte_eth_tx_burst(0, 0, held, burst) != burst)
		rte_exit(EXIT_FAILURE, "the ring took too few\n");
	forward(list, burst);
	if (rte_eth_rx_burst(1, 0, held, burst) != burst)
		rte_exit(EXIT_FAILURE, "frames were lost\n");
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	if (used < 0 || argc - used != 5)
		rte_exit(EXIT_FAILURE, "usage: [EAL] -- null|ring BURST CPU_MILLISECONDS packed|default\n");
	argv += used + 1;
	int ring = !strcmp(argv[0], "ring");
	uint16_t burst = (uint16_t)atoi(argv[1]);
	double seconds = atof(argv[2]) / 1000;
	int packed = !strcmp(argv[3], "packed");
	struct rte_mbuf *list[BURST_MAX];

	unsigned mbufs = ring ? 8191 : 1023;
	if (packed) /* as packages/userspace-pmd/src/pool.ts does it, and why */
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
	start_port(0);
	start_port(1);
	if (ring) {
		rte_pktmbuf_alloc_bulk(pool, held, burst);
		for (uint16_t i = 0; i < burst; i++)
			held[i]->data_len = held[i]->pkt_len = FRAME_BYTES;
	}
	for (int measured = 0; measured <= 1; measured++) {
		double start = cpu_seconds(), now = start;
		uint64_t before = counters.sent;
		while (now - start < seconds) {
			for (int i = 0; i < LOOK_EVERY; i++)
				ring ? ring_window(list, burst) : null_window(list, burst);
			now = cpu_seconds();
		}
		if (measured)
			printf("framesPerCpuSecond %.0f\n", (double)(counters.sent - before) / (now - start));
	}
	for (int i = 0; i < REASONS; i++)
		if (counters.dropped[i])
			rte_exit(EXIT_FAILURE, "frames were dropped\n");
	return 0;
}
