/* Sends itself a message over a reliable connection every 10 ms, and prints a line for each that
 * came back. */
#include <infiniband/verbs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void require(int right, const char *what)
{
	if (right)
		return;
	printf("watch: %s failed\n", what);
	exit(1);
}

static void connect_pair(struct ibv_qp *qp, uint32_t to, union ibv_gid gid)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT, .port_num = 1,
				    .qp_access_flags = IBV_ACCESS_LOCAL_WRITE };
	require(!ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS), "INIT");
	attr = (struct ibv_qp_attr){ .qp_state = IBV_QPS_RTR, .path_mtu = IBV_MTU_1024, .dest_qp_num = to,
				     .max_dest_rd_atomic = 1, .min_rnr_timer = 12,
				     .ah_attr = { .is_global = 1, .port_num = 1, .grh = { .dgid = gid, .hop_limit = 64 } } };
	require(!ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
				IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER), "RTR");
	attr = (struct ibv_qp_attr){ .qp_state = IBV_QPS_RTS, .timeout = 14, .retry_cnt = 7, .rnr_retry = 7,
				     .max_rd_atomic = 1 };
	require(!ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
				IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC), "RTS");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct ibv_device **devices = ibv_get_device_list(NULL);
	require(devices && devices[0], "finding a device");
	struct ibv_context *context = ibv_open_device(devices[0]);
	require(context != NULL, "opening the device");
	struct ibv_pd *pd = ibv_alloc_pd(context);
	struct ibv_cq *cq = ibv_create_cq(context, 64, NULL, NULL, 0);
	require(pd && cq, "a protection domain and a completion queue");
	char *memory = aligned_alloc(4096, 4096);
	struct ibv_mr *mr = ibv_reg_mr(pd, memory, 4096, IBV_ACCESS_LOCAL_WRITE);
	require(mr != NULL, "registering memory");
	union ibv_gid gid;
	require(!ibv_query_gid(context, 1, 0, &gid), "a GID");
	struct ibv_qp *pair[2];
	for (int i = 0; i < 2; i++) {
		struct ibv_qp_init_attr init = { .send_cq = cq, .recv_cq = cq, .qp_type = IBV_QPT_RC,
						 .cap = { 64, 64, 1, 1, 0 } };
		pair[i] = ibv_create_qp(pd, &init);
		require(pair[i] != NULL, "a queue pair");
	}
	for (int i = 0; i < 2; i++)
		connect_pair(pair[i], pair[!i]->qp_num, gid);
	puts("watching");
	struct ibv_sge sge = { (uintptr_t)memory, 64, mr->lkey };
	struct ibv_recv_wr receive = { .sg_list = &sge, .num_sge = 1 }, *bad_receive;
	struct ibv_send_wr send = { .sg_list = &sge, .num_sge = 1, .opcode = IBV_WR_SEND,
				    .send_flags = IBV_SEND_SIGNALED }, *bad_send;
	for (;;) {
		int error = ibv_post_recv(pair[1], &receive, &bad_receive);
		error = error ? error : ibv_post_send(pair[0], &send, &bad_send);
		if (error)
			printf("refused: errno %d\n", error);
		struct ibv_wc wc;
		int done = 0;
		for (int tries = 0; !error && done < 2 && tries < 2000; tries++) {
			int count = ibv_poll_cq(cq, 1, &wc);
			if (count > 0 && wc.status != IBV_WC_SUCCESS)
				printf("failed: %s\n", ibv_wc_status_str(wc.status));
			done += count > 0;
			nanosleep(&(struct timespec){ 0, count > 0 ? 0 : 1000000 }, NULL);
		}
		puts(done == 2 ? "pulse" : "silence");
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
}
