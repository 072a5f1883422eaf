/* A message becomes the content of a posted receive: the one copy that stands in for DMA and
 * wire. */
#include "hca.h"
#include <string.h>

struct work *next_receive(struct queue_pair *qp)
{
	struct work_queue *queue = &qp->receive;
	return queue->head == queue->tail ? NULL : &queue->at[queue->head % QUEUE_MAX];
}

/* Where in a scatter list the next byte goes. */
struct cursor {
	const struct work *work;
	int sge;
	uint32_t offset;
};

/* Copies bytes to where the cursor is; false when the list ends before they do. */
static bool scatter(struct cursor *to, const char *from, uint32_t bytes)
{
	while (bytes > 0) {
		if (to->sge == to->work->sges)
			return false;
		const struct ibv_sge *sge = &to->work->sge[to->sge];
		uint32_t room = sge->length - to->offset;
		uint32_t part = bytes < room ? bytes : room;
		memcpy((char *)(uintptr_t)sge->addr + to->offset, from, part);
		from += part;
		bytes -= part;
		to->offset += part;
		if (to->offset == sge->length) {
			to->sge++;
			to->offset = 0;
		}
	}
	return true;
}

/* A datagram's receiver gets its global route header first (InfiniBand specification 1,
 * 11.4.1.2). */
static bool scatter_header(struct cursor *to, const struct message *message)
{
	char header[GRH_BYTES] = { 0x60 };
	memcpy(header + 8, &message->source_gid, sizeof message->source_gid);
	return scatter(to, header, sizeof header);
}

enum delivery deliver(struct queue_pair *to, const struct message *message, const struct work *from)
{
	struct work *receive = next_receive(to);
	if (!receive)
		return NO_RECEIVE;
	struct cursor cursor = { .work = receive };
	bool datagram = to->qp.qp_type == IBV_QPT_UD;
	bool fits = !datagram || scatter_header(&cursor, message);
	for (int i = 0; fits && i < from->sges; i++)
		fits = scatter(&cursor, (const char *)(uintptr_t)from->sge[i].addr, from->sge[i].length);
	to->receive.head++;
	complete(to->qp.recv_cq, (struct ibv_wc){
		.wr_id = receive->wr_id,
		.status = fits ? IBV_WC_SUCCESS : IBV_WC_LOC_LEN_ERR,
		.opcode = IBV_WC_RECV,
		.byte_len = message->bytes + (datagram ? GRH_BYTES : 0),
		.qp_num = to->qp.qp_num,
		.src_qp = message->source_qpn,
		.wc_flags = datagram ? IBV_WC_GRH : 0,
	});
	return fits ? DELIVERED : TOO_LONG;
}
