/*
 * The forwarder of pvrdma/rc-send in C: the same queue pairs, buffers, bursts and doorbells as the
 * TypeScript one, by the inline verbs of verbs.h.
 */
#include <infiniband/verbs.h>
#include <stdbool.h>

#include "../workload.h"

enum { DEPTH = 512, BUFFER_BYTES = 2048, BUFFERS = 2 * DEPTH + 1024, REPLENISH_AT = 64, RECLAIM_AT = DEPTH / 2 };

static struct ibv_qp *from, *to;
static uint8_t *arena;
static unsigned burst;
static uint8_t macs[12];
static struct ibv_recv_wr receives[DEPTH];
static struct ibv_sge receive_sges[DEPTH];
static struct ibv_send_wr sends[DEPTH];
static struct ibv_sge send_sges[DEPTH];
static struct ibv_wc completions[DEPTH];
static uint32_t free_buffers[BUFFERS], free_count;
static uint32_t in_flight[DEPTH], oldest, next;
static unsigned posted;
static struct counters counters;

static void replenish(void)
{
	unsigned count = DEPTH - posted;
	if (count > free_count)
		count = free_count;
	if (count == 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		uint32_t buffer = free_buffers[--free_count];
		receives[i].wr_id = buffer;
		receive_sges[i].addr = (uintptr_t)arena + buffer;
	}
	struct ibv_recv_wr *bad, *following = receives[count - 1].next;
	receives[count - 1].next = NULL;
	if (ibv_post_recv(from, receives, &bad) == 0)
		posted += count;
	receives[count - 1].next = following;
}

int peer_open(struct ibv_qp *ingress, struct ibv_qp *egress, uint8_t *memory, uint32_t in_lkey, uint32_t out_lkey,
	      unsigned frames, const uint8_t *rewrite)
{
	from = ingress, to = egress, arena = memory, burst = frames;
	memcpy(macs, rewrite, sizeof macs);
	counters = (struct counters){ 0 };
	free_count = oldest = next = posted = 0;
	for (uint32_t i = 0; i < BUFFERS; i++)
		free_buffers[free_count++] = i * BUFFER_BYTES;
	for (int i = 0; i < DEPTH; i++) {
		bool last = i == DEPTH - 1;
		receive_sges[i] = (struct ibv_sge){ .length = BUFFER_BYTES, .lkey = in_lkey };
		receives[i] = (struct ibv_recv_wr){ .next = last ? NULL : &receives[i + 1],
						    .sg_list = &receive_sges[i], .num_sge = 1 };
		send_sges[i] = (struct ibv_sge){ .lkey = out_lkey };
		sends[i] = (struct ibv_send_wr){ .next = last ? NULL : &sends[i + 1], .sg_list = &send_sges[i],
						 .num_sge = 1, .opcode = IBV_WR_SEND };
	}
	replenish();
	return posted == DEPTH ? 0 : -1;
}

static void reclaim(void)
{
	int count = ibv_poll_cq(to->send_cq, DEPTH, completions);
	if (count <= 0)
		return;
	uint32_t done = (uint32_t)completions[count - 1].wr_id - oldest + 1;
	for (uint32_t i = 0; i < done; i++)
		free_buffers[free_count++] = in_flight[(oldest + i) % DEPTH];
	oldest += done;
}

static void transmit(unsigned count)
{
	struct ibv_send_wr *bad, *last = &sends[count - 1], *following = last->next;
	last->send_flags = IBV_SEND_SIGNALED;
	last->next = NULL;
	int error = ibv_post_send(to, sends, &bad);
	last->send_flags = 0;
	last->next = following;
	unsigned taken = error ? bad - sends : count;
	for (unsigned i = taken; i < count; i++)
		free_buffers[free_count++] = in_flight[(next + i) % DEPTH];
	next += taken;
	counters.sent += taken;
	counters.unsent += count - taken;
}

int peer_step(void)
{
	int count = ibv_poll_cq(from->recv_cq, burst, completions);
	if (count <= 0)
		return 0;
	counters.received += count;
	posted -= count;
	uint32_t offsets[DEPTH], lengths[DEPTH];
	for (int i = 0; i < count; i++) {
		offsets[i] = completions[i].wr_id;
		lengths[i] = completions[i].status == IBV_WC_SUCCESS ? completions[i].byte_len : 0;
	}
	if (DEPTH - posted >= REPLENISH_AT)
		replenish();
	if (next - oldest + count > RECLAIM_AT)
		reclaim();
	unsigned described = 0, room = DEPTH - (next - oldest);
	for (int i = 0; i < count; i++) {
		int drop = forward_ipv4(arena + offsets[i], lengths[i], macs);
		if (drop || described == room) {
			free_buffers[free_count++] = offsets[i];
			if (drop)
				counters.dropped[drop - 1]++;
			else
				counters.unsent++;
			continue;
		}
		sends[described].wr_id = next + described;
		send_sges[described].addr = (uintptr_t)arena + offsets[i];
		send_sges[described].length = lengths[i];
		in_flight[(next + described++) % DEPTH] = offsets[i];
	}
	if (described > 0)
		transmit(described);
	return count;
}

struct counters *peer_counters(void)
{
	return &counters;
}
