/* Completion queues, and the channels that nobody is woken through. */
#include "hca.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* QEMU has a thread that waits at the channel: it waits for good. */
struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *of)
{
	int ends[2];
	if (pipe(ends) != 0)
		return NULL;
	struct ibv_comp_channel *channel = calloc(1, sizeof *channel);
	*channel = (struct ibv_comp_channel){ .context = of, .fd = ends[0], .refcnt = ends[1] };
	return channel;
}

int ibv_destroy_comp_channel(struct ibv_comp_channel *channel)
{
	close(channel->fd);
	close(channel->refcnt);
	free(channel);
	return 0;
}

int ibv_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context)
{
	(void)channel, (void)cq, (void)cq_context;
	errno = EAGAIN;
	return -1;
}

void ibv_ack_cq_events(struct ibv_cq *cq, unsigned count)
{
	(void)cq, (void)count;
}

struct ibv_cq *ibv_create_cq(struct ibv_context *of, int cqe, void *cq_context, struct ibv_comp_channel *channel,
			     int vector)
{
	(void)vector;
	struct completion_queue *queue = calloc(1, sizeof *queue);
	queue->cq = (struct ibv_cq){ .context = of, .channel = channel, .cq_context = cq_context, .cqe = cqe };
	return &queue->cq;
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	free(cq);
	return 0;
}

int take_completions(struct ibv_cq *cq, int most, struct ibv_wc *into)
{
	struct completion_queue *queue = (struct completion_queue *)cq;
	int count = 0;
	while (count < most && queue->head != queue->tail)
		into[count++] = queue->at[queue->head++ % CQE_MAX];
	return count;
}

void complete(struct ibv_cq *cq, struct ibv_wc wc)
{
	struct completion_queue *queue = (struct completion_queue *)cq;
	queue->at[queue->tail++ % CQE_MAX] = wc;
}

void forget(struct ibv_cq *cq, uint32_t qpn)
{
	struct completion_queue *queue = (struct completion_queue *)cq;
	uint32_t kept = queue->head;
	for (uint32_t i = queue->head; i != queue->tail; i++)
		if (queue->at[i % CQE_MAX].qp_num != qpn)
			queue->at[kept++ % CQE_MAX] = queue->at[i % CQE_MAX];
	queue->tail = kept;
}
