/* Queue pairs: their states, what is posted to them, and who gets it. */
#include "hca.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void lock(void)
{
	pthread_mutex_lock(&mutex);
}

void unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

/* By number, less the first. Numbers are not used again soon, as on a card. */
enum { FIRST_QPN = 0x100 };
static struct queue_pair *pairs[QPS_MAX];
static uint32_t created;

static struct queue_pair *find(uint32_t qpn)
{
	struct queue_pair *pair = pairs[(qpn - FIRST_QPN) % QPS_MAX];
	return pair && pair->qp.qp_num == qpn ? pair : NULL;
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *init)
{
	if (init->qp_type != IBV_QPT_RC && init->qp_type != IBV_QPT_UD) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	struct queue_pair *pair = calloc(1, sizeof *pair);
	lock();
	while (pairs[created % QPS_MAX])
		created++;
	pairs[created % QPS_MAX] = pair;
	pair->qp = (struct ibv_qp){
		.context = pd->context, .pd = pd, .qp_type = init->qp_type, .qp_num = FIRST_QPN + created++,
		.send_cq = init->send_cq, .recv_cq = init->recv_cq, .state = IBV_QPS_RESET,
	};
	pair->init = *init;
	pair->socket = -1;
	unlock();
	return &pair->qp;
}

int ibv_destroy_qp(struct ibv_qp *qp)
{
	struct queue_pair *pair = (struct queue_pair *)qp;
	lock();
	wire_close(pair);
	forget(qp->send_cq, qp->qp_num);
	forget(qp->recv_cq, qp->qp_num);
	pairs[(qp->qp_num - FIRST_QPN) % QPS_MAX] = NULL;
	unlock();
	free(pair);
	return 0;
}

int ibv_query_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct ibv_qp_init_attr *init)
{
	struct queue_pair *pair = (struct queue_pair *)qp;
	(void)mask;
	*attr = pair->attr;
	attr->qp_state = qp->state;
	*init = pair->init;
	return 0;
}

static void flush(struct queue_pair *pair, struct work_queue *queue, struct ibv_cq *cq)
{
	for (; queue->head != queue->tail; queue->head++)
		complete(cq, (struct ibv_wc){ .wr_id = queue->at[queue->head % QUEUE_MAX].wr_id,
					      .status = IBV_WC_WR_FLUSH_ERR, .qp_num = pair->qp.qp_num });
}

static void fail(struct queue_pair *pair)
{
	pair->qp.state = IBV_QPS_ERR;
	flush(pair, &pair->send, pair->qp.send_cq);
	flush(pair, &pair->receive, pair->qp.recv_cq);
}

static void enter_state(struct queue_pair *pair, enum ibv_qp_state state)
{
	pair->qp.state = state;
	if (state == IBV_QPS_RTR)
		wire_open(pair);
	if (state == IBV_QPS_ERR)
		fail(pair);
	if (state == IBV_QPS_RESET)
		memset(&pair->send, 0, 2 * sizeof(uint32_t)), memset(&pair->receive, 0, 2 * sizeof(uint32_t));
}

/* Whether its way leads anywhere: an errno. With a wire to other processes any GID may be
 * somebody's. */
static int check_way(const struct ibv_ah_attr *way)
{
	if (gid_at(way->grh.sgid_index) == gid_at(0))
		return EINVAL;
	return gid_index(&way->grh.dgid) < 0 && !has_wire() ? ENETUNREACH : 0;
}

int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	struct queue_pair *pair = (struct queue_pair *)qp;
	int error = mask & IBV_QP_AV ? check_way(&attr->ah_attr) : 0;
	if (error)
		return error;
	lock();
	if (mask & IBV_QP_AV)
		pair->attr.ah_attr = attr->ah_attr;
	if (mask & IBV_QP_DEST_QPN)
		pair->attr.dest_qp_num = attr->dest_qp_num;
	if (mask & IBV_QP_QKEY)
		pair->attr.qkey = attr->qkey;
	if (mask & IBV_QP_RNR_RETRY)
		pair->attr.rnr_retry = attr->rnr_retry;
	if (mask & IBV_QP_STATE)
		enter_state(pair, attr->qp_state);
	unlock();
	return 0;
}

static bool can_receive(const struct queue_pair *pair)
{
	return pair->qp.state == IBV_QPS_RTR || pair->qp.state == IBV_QPS_RTS;
}

static enum delivery hand_over(struct queue_pair *from, const struct work *work, uint32_t bytes)
{
	bool datagram = from->qp.qp_type == IBV_QPT_UD;
	const union ibv_gid *gid = datagram ? &work->gid : &from->attr.ah_attr.grh.dgid;
	uint32_t qpn = datagram ? work->qpn : from->attr.dest_qp_num;
	struct message message = {
		.source_qpn = from->qp.qp_num,
		.qkey = work->qkey,
		.source_gid = *gid_at(from->attr.ah_attr.grh.sgid_index),
		.bytes = bytes,
	};
	if (gid_index(gid) < 0)
		return wire_send(from, gid, qpn, &message, work);
	struct queue_pair *to = find(qpn);
	if (!to || to->qp.qp_type != from->qp.qp_type || !can_receive(to))
		return NO_SUCH_PEER;
	if (datagram && to->attr.qkey != work->qkey)
		return NO_SUCH_PEER;
	enum delivery outcome = deliver(to, &message, work);
	if (outcome == TOO_LONG && !datagram)
		fail(to);
	return outcome;
}

/* A reliable send fails with its reason; of a datagram nobody hears what became of it. */
static enum ibv_wc_status status_of(const struct queue_pair *from, enum delivery outcome)
{
	if (outcome == DELIVERED || from->qp.qp_type == IBV_QPT_UD)
		return IBV_WC_SUCCESS;
	if (outcome == NO_RECEIVE)
		return IBV_WC_RNR_RETRY_EXC_ERR;
	return outcome == TOO_LONG ? IBV_WC_REM_INV_REQ_ERR : IBV_WC_RETRY_EXC_ERR;
}

/* rnr_retry of 7 waits for a receive for ever; any other count ends at once, since there are no
 * timers here. */
static bool waits(const struct queue_pair *from, enum delivery outcome)
{
	enum { FOR_EVER = 7 };
	return outcome == NO_RECEIVE && from->qp.qp_type == IBV_QPT_RC && from->attr.rnr_retry == FOR_EVER;
}

static void send_all(struct queue_pair *from)
{
	struct work_queue *queue = &from->send;
	while (from->qp.state == IBV_QPS_RTS && queue->head != queue->tail) {
		const struct work *work = &queue->at[queue->head % QUEUE_MAX];
		uint32_t bytes = 0;
		for (int i = 0; i < work->sges; i++)
			bytes += work->sge[i].length;
		enum delivery outcome = hand_over(from, work, bytes);
		if (waits(from, outcome))
			return;
		enum ibv_wc_status status = status_of(from, outcome);
		queue->head++;
		complete(from->qp.send_cq, (struct ibv_wc){ .wr_id = work->wr_id, .status = status,
							    .opcode = IBV_WC_SEND, .byte_len = bytes,
							    .qp_num = from->qp.qp_num });
		if (status != IBV_WC_SUCCESS)
			fail(from);
	}
}

/* What waits for a receive, or comes from another process, is looked after whenever somebody
 * polls. */
void make_progress(void)
{
	for (uint32_t i = 0; i < created && i < QPS_MAX; i++) {
		struct queue_pair *pair = pairs[i];
		if (!pair)
			continue;
		wire_receive(pair);
		send_all(pair);
	}
}

static struct work *take_slot(struct work_queue *queue, const struct ibv_sge *sges, int count, uint64_t wr_id)
{
	if (count > SGE_MAX || queue->tail - queue->head == QUEUE_MAX)
		return NULL;
	struct work *work = &queue->at[queue->tail++ % QUEUE_MAX];
	work->wr_id = wr_id;
	work->sges = count;
	memcpy(work->sge, sges, count * sizeof *sges);
	return work;
}

int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct queue_pair *pair = (struct queue_pair *)qp;
	int error = 0;
	lock();
	for (; wr && !error; wr = error ? wr : wr->next) {
		struct work *work = wr->opcode == IBV_WR_SEND ?
			take_slot(&pair->send, wr->sg_list, wr->num_sge, wr->wr_id) : NULL;
		if (!work) {
			*bad = wr;
			error = wr->opcode == IBV_WR_SEND ? ENOMEM : EOPNOTSUPP;
		} else if (qp->qp_type == IBV_QPT_UD) {
			work->gid = ((struct address_handle *)wr->wr.ud.ah)->attr.grh.dgid;
			work->qpn = wr->wr.ud.remote_qpn;
			work->qkey = wr->wr.ud.remote_qkey;
		}
	}
	if (qp->state == IBV_QPS_ERR)
		fail(pair);
	send_all(pair);
	unlock();
	return error;
}

int post_receive(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct queue_pair *pair = (struct queue_pair *)qp;
	int error = 0;
	lock();
	for (; wr && !error; wr = error ? wr : wr->next) {
		if (take_slot(&pair->receive, wr->sg_list, wr->num_sge, wr->wr_id))
			continue;
		*bad = wr;
		error = ENOMEM;
	}
	if (qp->state == IBV_QPS_ERR)
		fail(pair);
	unlock();
	return error;
}
