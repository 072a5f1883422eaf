/* Prints what ../src/abi.ts says, as infiniband/verbs.h has it: "name value" lines. */
#include <infiniband/verbs.h>
#include <stddef.h>
#include <stdio.h>

#define VALUE(name) printf(#name " %lld\n", (long long)(name))
#define OFFSET(type, member, label) printf(label " %zu\n", offsetof(struct type, member))
#define SIZE(type, label) printf(label " %zu\n", sizeof(struct type))

static void print_objects(void)
{
	OFFSET(ibv_context, ops.poll_cq, "ibvContext.pollCq");
	OFFSET(ibv_context, ops.post_send, "ibvContext.postSend");
	OFFSET(ibv_context, ops.post_recv, "ibvContext.postReceive");
	OFFSET(ibv_context, cmd_fd, "ibvContext.commandFd");
	OFFSET(ibv_pd, context, "ibvPd.context");
	OFFSET(ibv_mr, addr, "ibvMr.address");
	OFFSET(ibv_mr, length, "ibvMr.length");
	OFFSET(ibv_mr, lkey, "ibvMr.lkey");
	OFFSET(ibv_mr, rkey, "ibvMr.rkey");
	OFFSET(ibv_qp, context, "ibvQp.context");
	OFFSET(ibv_qp, qp_num, "ibvQp.number");
	OFFSET(ibv_qp, state, "ibvQp.state");
	OFFSET(ibv_qp, qp_type, "ibvQp.type");
	OFFSET(ibv_port_attr, state, "ibvPortAttr.state");
	OFFSET(ibv_port_attr, max_mtu, "ibvPortAttr.maxMtu");
	OFFSET(ibv_port_attr, active_mtu, "ibvPortAttr.activeMtu");
	OFFSET(ibv_port_attr, gid_tbl_len, "ibvPortAttr.gidTableLength");
	OFFSET(ibv_port_attr, link_layer, "ibvPortAttr.linkLayer");
}

static void print_queue_pair_attributes(void)
{
	OFFSET(ibv_qp_init_attr, send_cq, "ibvQpInitAttr.sendCq");
	OFFSET(ibv_qp_init_attr, recv_cq, "ibvQpInitAttr.receiveCq");
	OFFSET(ibv_qp_init_attr, cap.max_send_wr, "ibvQpInitAttr.maxSendWr");
	OFFSET(ibv_qp_init_attr, cap.max_recv_wr, "ibvQpInitAttr.maxReceiveWr");
	OFFSET(ibv_qp_init_attr, cap.max_send_sge, "ibvQpInitAttr.maxSendSge");
	OFFSET(ibv_qp_init_attr, cap.max_recv_sge, "ibvQpInitAttr.maxReceiveSge");
	OFFSET(ibv_qp_init_attr, cap.max_inline_data, "ibvQpInitAttr.maxInlineData");
	OFFSET(ibv_qp_init_attr, qp_type, "ibvQpInitAttr.type");
	OFFSET(ibv_qp_init_attr, sq_sig_all, "ibvQpInitAttr.signalAll");
	SIZE(ibv_qp_init_attr, "ibvQpInitAttr.bytes");
	OFFSET(ibv_qp_attr, qp_state, "ibvQpAttr.state");
	OFFSET(ibv_qp_attr, path_mtu, "ibvQpAttr.pathMtu");
	OFFSET(ibv_qp_attr, qkey, "ibvQpAttr.qkey");
	OFFSET(ibv_qp_attr, rq_psn, "ibvQpAttr.receivePsn");
	OFFSET(ibv_qp_attr, sq_psn, "ibvQpAttr.sendPsn");
	OFFSET(ibv_qp_attr, dest_qp_num, "ibvQpAttr.destinationQpn");
	OFFSET(ibv_qp_attr, qp_access_flags, "ibvQpAttr.accessFlags");
	OFFSET(ibv_qp_attr, ah_attr, "ibvQpAttr.addressHandle");
	OFFSET(ibv_qp_attr, pkey_index, "ibvQpAttr.pkeyIndex");
	OFFSET(ibv_qp_attr, max_rd_atomic, "ibvQpAttr.maxReadAtomic");
	OFFSET(ibv_qp_attr, max_dest_rd_atomic, "ibvQpAttr.maxDestinationReadAtomic");
	OFFSET(ibv_qp_attr, min_rnr_timer, "ibvQpAttr.minRnrTimer");
	OFFSET(ibv_qp_attr, port_num, "ibvQpAttr.port");
	OFFSET(ibv_qp_attr, timeout, "ibvQpAttr.timeout");
	OFFSET(ibv_qp_attr, retry_cnt, "ibvQpAttr.retryCount");
	OFFSET(ibv_qp_attr, rnr_retry, "ibvQpAttr.rnrRetry");
	SIZE(ibv_qp_attr, "ibvQpAttr.bytes");
	OFFSET(ibv_ah_attr, grh.dgid, "ibvAhAttr.destinationGid");
	OFFSET(ibv_ah_attr, grh.sgid_index, "ibvAhAttr.sourceGidIndex");
	OFFSET(ibv_ah_attr, grh.hop_limit, "ibvAhAttr.hopLimit");
	OFFSET(ibv_ah_attr, is_global, "ibvAhAttr.isGlobal");
	OFFSET(ibv_ah_attr, port_num, "ibvAhAttr.port");
	SIZE(ibv_ah_attr, "ibvAhAttr.bytes");
}

static void print_work(void)
{
	OFFSET(ibv_sge, addr, "ibvSge.address");
	OFFSET(ibv_sge, length, "ibvSge.length");
	OFFSET(ibv_sge, lkey, "ibvSge.lkey");
	SIZE(ibv_sge, "ibvSge.bytes");
	OFFSET(ibv_send_wr, wr_id, "ibvSendWr.id");
	OFFSET(ibv_send_wr, next, "ibvSendWr.next");
	OFFSET(ibv_send_wr, sg_list, "ibvSendWr.sges");
	OFFSET(ibv_send_wr, num_sge, "ibvSendWr.sgeCount");
	OFFSET(ibv_send_wr, opcode, "ibvSendWr.opcode");
	OFFSET(ibv_send_wr, send_flags, "ibvSendWr.flags");
	OFFSET(ibv_send_wr, imm_data, "ibvSendWr.immediate");
	OFFSET(ibv_send_wr, wr.rdma.remote_addr, "ibvSendWr.remoteAddress");
	OFFSET(ibv_send_wr, wr.rdma.rkey, "ibvSendWr.rkey");
	OFFSET(ibv_send_wr, wr.ud.ah, "ibvSendWr.addressHandle");
	OFFSET(ibv_send_wr, wr.ud.remote_qpn, "ibvSendWr.remoteQpn");
	OFFSET(ibv_send_wr, wr.ud.remote_qkey, "ibvSendWr.remoteQkey");
	SIZE(ibv_send_wr, "ibvSendWr.bytes");
	OFFSET(ibv_recv_wr, wr_id, "ibvReceiveWr.id");
	OFFSET(ibv_recv_wr, next, "ibvReceiveWr.next");
	OFFSET(ibv_recv_wr, sg_list, "ibvReceiveWr.sges");
	OFFSET(ibv_recv_wr, num_sge, "ibvReceiveWr.sgeCount");
	SIZE(ibv_recv_wr, "ibvReceiveWr.bytes");
	OFFSET(ibv_wc, wr_id, "ibvWc.id");
	OFFSET(ibv_wc, status, "ibvWc.status");
	OFFSET(ibv_wc, opcode, "ibvWc.opcode");
	OFFSET(ibv_wc, vendor_err, "ibvWc.vendorError");
	OFFSET(ibv_wc, byte_len, "ibvWc.byteLength");
	OFFSET(ibv_wc, imm_data, "ibvWc.immediate");
	OFFSET(ibv_wc, qp_num, "ibvWc.qpNumber");
	OFFSET(ibv_wc, wc_flags, "ibvWc.flags");
	SIZE(ibv_wc, "ibvWc.bytes");
}

static void print_values(void)
{
	VALUE(IBV_QPT_RC);
	VALUE(IBV_QPT_UD);
	VALUE(IBV_QPS_INIT);
	VALUE(IBV_QPS_RTR);
	VALUE(IBV_QPS_RTS);
	VALUE(IBV_QP_STATE);
	VALUE(IBV_QP_ACCESS_FLAGS);
	VALUE(IBV_QP_PKEY_INDEX);
	VALUE(IBV_QP_PORT);
	VALUE(IBV_QP_QKEY);
	VALUE(IBV_QP_AV);
	VALUE(IBV_QP_PATH_MTU);
	VALUE(IBV_QP_TIMEOUT);
	VALUE(IBV_QP_RETRY_CNT);
	VALUE(IBV_QP_RNR_RETRY);
	VALUE(IBV_QP_RQ_PSN);
	VALUE(IBV_QP_MAX_QP_RD_ATOMIC);
	VALUE(IBV_QP_MIN_RNR_TIMER);
	VALUE(IBV_QP_SQ_PSN);
	VALUE(IBV_QP_MAX_DEST_RD_ATOMIC);
	VALUE(IBV_QP_DEST_QPN);
	VALUE(IBV_ACCESS_LOCAL_WRITE);
	VALUE(IBV_ACCESS_REMOTE_WRITE);
	VALUE(IBV_WR_RDMA_WRITE_WITH_IMM);
	VALUE(IBV_WR_SEND);
	VALUE(IBV_SEND_SIGNALED);
	VALUE(IBV_WC_RECV);
	VALUE(IBV_WC_RECV_RDMA_WITH_IMM);
	VALUE(IBV_PORT_ACTIVE);
	printf("completionStatuses.length %d\n", IBV_WC_GENERAL_ERR + 1);
	printf("completionStatuses.%d %s\n", IBV_WC_RNR_RETRY_EXC_ERR, "IBV_WC_RNR_RETRY_EXC_ERR");
	printf("completionStatuses.%d %s\n", IBV_WC_WR_FLUSH_ERR, "IBV_WC_WR_FLUSH_ERR");
	printf("portStates.%d %s\n", IBV_PORT_ACTIVE, "ACTIVE");
}

int main(void)
{
	print_objects();
	print_queue_pair_attributes();
	print_work();
	print_values();
	return 0;
}
