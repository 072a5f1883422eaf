/*
 * The loop of packages/userspace-pmd in C, with DPDK's own inline functions, on ports that the
 * caller has made: the same drivers, pool, frames and bursts. To fetch frames ahead, as many such
 * loops do, makes this one slower: what it forwards is in the cache.
 */
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "../workload.h"

enum { BURST_MAX = 512, TTL_AT = 20, TTL_TO_CHECKSUM = 8 };

static uint8_t macs[12];
static struct counters counters;
static struct rte_mbuf *list[BURST_MAX], *dropped[BURST_MAX];

struct counters *peer_counters(void)
{
	return &counters;
}

void peer_open(const uint8_t *rewrite)
{
	memcpy(macs, rewrite, sizeof(macs));
}

static uint16_t forward(uint16_t from, uint16_t to, uint16_t burst)
{
	uint16_t kept = 0, lost = 0;
	uint16_t count = rte_eth_rx_burst(from, 0, list, burst);
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
	uint16_t sent = rte_eth_tx_burst(to, 0, list, kept);
	if (sent < kept) {
		rte_pktmbuf_free_bulk(list + sent, kept - sent);
		counters.unsent += kept - sent;
	}
	counters.sent += sent;
	return count;
}

/* Returns how many frames were received in so many bursts. */
unsigned peer_forward(unsigned from, unsigned to, unsigned burst, unsigned bursts)
{
	unsigned frames = 0;
	for (unsigned i = 0; i < bursts; i++)
		frames += forward((uint16_t)from, (uint16_t)to, (uint16_t)burst);
	return frames;
}

/* Sends so many frames round with TTL and checksum of `frame`. */
void peer_refresh(unsigned from, unsigned to, unsigned burst, unsigned frames, const uint8_t *frame)
{
	while (frames > 0) {
		uint16_t count = rte_eth_rx_burst((uint16_t)from, 0, list, (uint16_t)burst);
		for (uint16_t i = 0; i < count; i++)
			memcpy(rte_pktmbuf_mtod(list[i], uint8_t *) + TTL_AT, frame + TTL_AT, TTL_TO_CHECKSUM);
		uint16_t sent = rte_eth_tx_burst((uint16_t)to, 0, list, count);
		rte_pktmbuf_free_bulk(list + sent, count - sent);
		frames -= count < frames ? count : frames;
	}
}
