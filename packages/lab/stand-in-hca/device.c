/* The device and what needs no transport: port, protection domains, memory regions. */
#include "hca.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* verbs.h wraps these in macros for its callers. */
#undef ibv_reg_mr
#undef ibv_reg_mr_iova
#undef ibv_query_port

static struct ibv_device device = {
	.node_type = IBV_NODE_CA,
	.transport_type = IBV_TRANSPORT_IB,
	.name = "standin0",
	.dev_name = "uverbs_standin0",
};
static struct ibv_context context;

struct ibv_device **ibv_get_device_list(int *count)
{
	struct ibv_device **list = calloc(2, sizeof *list);
	list[0] = &device;
	if (count)
		*count = 1;
	read_gids();
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	free(list);
}

const char *ibv_get_device_name(struct ibv_device *of)
{
	return of->name;
}

/* Completions are found by polling: nobody is woken, so that all that happens happens in the
 * caller's thread. */
static int request_notification(struct ibv_cq *cq, int solicited_only)
{
	(void)cq, (void)solicited_only;
	return 0;
}

static int poll_completions(struct ibv_cq *cq, int most, struct ibv_wc *into)
{
	lock();
	make_progress();
	int count = take_completions(cq, most, into);
	unlock();
	return count;
}

static int no_shared_receive_queue(struct ibv_srq *srq, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	(void)srq;
	*bad = wr;
	return ENOSYS;
}

struct ibv_context *ibv_open_device(struct ibv_device *of)
{
	context.device = of;
	context.ops.post_send = post_send;
	context.ops.post_recv = post_receive;
	context.ops.poll_cq = poll_completions;
	context.ops.req_notify_cq = request_notification;
	context.ops.post_srq_recv = no_shared_receive_queue;
	context.cmd_fd = context.async_fd = -1;
	context.num_comp_vectors = 1;
	return &context;
}

int ibv_close_device(struct ibv_context *of)
{
	(void)of;
	return 0;
}

int ibv_query_device(struct ibv_context *of, struct ibv_device_attr *attr)
{
	(void)of;
	*attr = (struct ibv_device_attr){
		.max_mr_size = UINT64_MAX, .max_mr = 65536, .max_pd = 1024, .max_ah = 1024,
		.max_qp = QPS_MAX, .max_qp_wr = QUEUE_MAX, .max_sge = SGE_MAX,
		.max_qp_rd_atom = 16, .max_qp_init_rd_atom = 16,
		.max_cq = 1024, .max_cqe = CQE_MAX - 1,
		.max_srq = 1, .max_srq_wr = 1, .max_srq_sge = 1,
		.max_pkeys = 1, .phys_port_cnt = 1,
	};
	return 0;
}

int ibv_query_port(struct ibv_context *of, uint8_t port, struct _compat_ibv_port_attr *into)
{
	(void)of;
	if (port != 1)
		return EINVAL;
	const char *state = getenv("STAND_IN_HCA_PORT");
	bool down = state && strcmp(state, "down") == 0;
	struct ibv_port_attr attr = {
		.state = down ? IBV_PORT_DOWN : IBV_PORT_ACTIVE, .phys_state = 5, .link_layer = IBV_LINK_LAYER_ETHERNET,
		.max_mtu = IBV_MTU_4096, .active_mtu = IBV_MTU_4096, .max_msg_sz = 1 << 17,
		.gid_tbl_len = GIDS_MAX, .pkey_tbl_len = 1, .active_width = 1, .active_speed = 1,
	};
	/* Callers of this symbol know the structure without its last, newer members. */
	memcpy(into, &attr, offsetof(struct ibv_port_attr, port_cap_flags2));
	return 0;
}

struct ibv_pd *ibv_alloc_pd(struct ibv_context *of)
{
	struct ibv_pd *pd = calloc(1, sizeof *pd);
	pd->context = of;
	return pd;
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	free(pd);
	return 0;
}

/* Memory is its owner's, in this very process: an address needs no translation and a key opens
 * nothing. */
struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *address, size_t bytes, uint64_t iova, unsigned access)
{
	static uint32_t keys;
	(void)iova, (void)access;
	struct ibv_mr *mr = calloc(1, sizeof *mr);
	*mr = (struct ibv_mr){ .context = pd->context, .pd = pd, .addr = address, .length = bytes };
	mr->lkey = mr->rkey = ++keys;
	return mr;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *address, size_t bytes, int access)
{
	return ibv_reg_mr_iova2(pd, address, bytes, (uintptr_t)address, access);
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	free(mr);
	return 0;
}

struct ibv_ah *ibv_create_ah(struct ibv_pd *pd, struct ibv_ah_attr *attr)
{
	struct address_handle *handle = calloc(1, sizeof *handle);
	handle->ah = (struct ibv_ah){ .context = pd->context, .pd = pd };
	handle->attr = *attr;
	return &handle->ah;
}

int ibv_destroy_ah(struct ibv_ah *ah)
{
	free(ah);
	return 0;
}

struct ibv_srq *ibv_create_srq(struct ibv_pd *pd, struct ibv_srq_init_attr *attr)
{
	(void)pd, (void)attr;
	errno = ENOSYS;
	return NULL;
}

int ibv_modify_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr, int mask)
{
	(void)srq, (void)attr, (void)mask;
	return ENOSYS;
}

int ibv_query_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr)
{
	(void)srq, (void)attr;
	return ENOSYS;
}

int ibv_destroy_srq(struct ibv_srq *srq)
{
	(void)srq;
	return ENOSYS;
}
