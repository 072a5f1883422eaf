/**
 * The structures of infiniband/verbs.h that cross into libibverbs, as byte offsets: rdma-core 44
 * and 56, x86-64. They can't change, since programs have the data path's functions inlined into
 * them. `test/abi.test.ts` compares them with the header where it is installed.
 */

/** struct ibv_context. Its operations are pointers to the provider's own functions. */
export const ibvContext = { pollCq: 96, postSend: 208, postReceive: 216, commandFd: 264 } as const;

export const ibvPd = { context: 0 } as const;
export const ibvMr = { address: 16, length: 24, lkey: 36, rkey: 40 } as const;
export const ibvQp = { context: 0, number: 52, state: 56, type: 60 } as const;

/** struct ibv_port_attr, as far as all versions have it. */
export const ibvPortAttr = {
  state: 0,
  maxMtu: 4,
  activeMtu: 8,
  gidTableLength: 12,
  linkLayer: 46,
  bytes: 56,
} as const;

export const ibvQpInitAttr = {
  sendCq: 8,
  receiveCq: 16,
  maxSendWr: 32,
  maxReceiveWr: 36,
  maxSendSge: 40,
  maxReceiveSge: 44,
  maxInlineData: 48,
  type: 52,
  signalAll: 56,
  bytes: 64,
} as const;

/** struct ibv_qp_attr with its ah_attr, whose own members are the second half. */
export const ibvQpAttr = {
  state: 0,
  pathMtu: 8,
  qkey: 16,
  receivePsn: 20,
  sendPsn: 24,
  destinationQpn: 28,
  accessFlags: 32,
  addressHandle: 56,
  pkeyIndex: 120,
  maxReadAtomic: 126,
  maxDestinationReadAtomic: 127,
  minRnrTimer: 128,
  port: 129,
  timeout: 130,
  retryCount: 131,
  rnrRetry: 132,
  bytes: 144,
} as const;

/** struct ibv_ah_attr: a global route header first. */
export const ibvAhAttr = {
  destinationGid: 0,
  sourceGidIndex: 20,
  hopLimit: 21,
  isGlobal: 29,
  port: 30,
  bytes: 32,
} as const;

export const ibvSge = { address: 0, length: 8, lkey: 12, bytes: 16 } as const;

export const ibvSendWr = {
  id: 0,
  next: 8,
  sges: 16,
  sgeCount: 24,
  opcode: 28,
  flags: 32,
  immediate: 36,
  /** Of an RDMA write. */
  remoteAddress: 40,
  rkey: 48,
  /** Of a datagram. */
  addressHandle: 40,
  remoteQpn: 48,
  remoteQkey: 52,
  bytes: 128,
} as const;

export const ibvReceiveWr = { id: 0, next: 8, sges: 16, sgeCount: 24, bytes: 32 } as const;

/** struct ibv_wc, a work completion. */
export const ibvWc = {
  id: 0,
  status: 8,
  opcode: 12,
  vendorError: 16,
  byteLength: 20,
  immediate: 24,
  qpNumber: 28,
  flags: 36,
  bytes: 48,
} as const;

export const IBV_QPT_RC = 2;
export const IBV_QPT_UD = 4;

export const IBV_QPS_INIT = 1;
export const IBV_QPS_RTR = 2;
export const IBV_QPS_RTS = 3;

/** enum ibv_qp_attr_mask, the bits that transitions need. */
export const IBV_QP_STATE = 1 << 0;
export const IBV_QP_ACCESS_FLAGS = 1 << 3;
export const IBV_QP_PKEY_INDEX = 1 << 4;
export const IBV_QP_PORT = 1 << 5;
export const IBV_QP_QKEY = 1 << 6;
export const IBV_QP_AV = 1 << 7;
export const IBV_QP_PATH_MTU = 1 << 8;
export const IBV_QP_TIMEOUT = 1 << 9;
export const IBV_QP_RETRY_CNT = 1 << 10;
export const IBV_QP_RNR_RETRY = 1 << 11;
export const IBV_QP_RQ_PSN = 1 << 12;
export const IBV_QP_MAX_QP_RD_ATOMIC = 1 << 13;
export const IBV_QP_MIN_RNR_TIMER = 1 << 15;
export const IBV_QP_SQ_PSN = 1 << 16;
export const IBV_QP_MAX_DEST_RD_ATOMIC = 1 << 17;
export const IBV_QP_DEST_QPN = 1 << 20;

export const IBV_ACCESS_LOCAL_WRITE = 1;
export const IBV_ACCESS_REMOTE_WRITE = 2;

export const IBV_WR_RDMA_WRITE_WITH_IMM = 1;
export const IBV_WR_SEND = 2;
export const IBV_SEND_SIGNALED = 2;

export const IBV_WC_RECV = 128;
export const IBV_WC_RECV_RDMA_WITH_IMM = 129;

export const IBV_PORT_ACTIVE = 4;

/** What a receiver of datagrams finds before each: a global route header (GRH). */
export const grhBytes = 40;

/** enum ibv_wc_status, by number. */
export const completionStatuses = [
  "IBV_WC_SUCCESS",
  "IBV_WC_LOC_LEN_ERR",
  "IBV_WC_LOC_QP_OP_ERR",
  "IBV_WC_LOC_EEC_OP_ERR",
  "IBV_WC_LOC_PROT_ERR",
  "IBV_WC_WR_FLUSH_ERR",
  "IBV_WC_MW_BIND_ERR",
  "IBV_WC_BAD_RESP_ERR",
  "IBV_WC_LOC_ACCESS_ERR",
  "IBV_WC_REM_INV_REQ_ERR",
  "IBV_WC_REM_ACCESS_ERR",
  "IBV_WC_REM_OP_ERR",
  "IBV_WC_RETRY_EXC_ERR",
  "IBV_WC_RNR_RETRY_EXC_ERR",
  "IBV_WC_LOC_RDD_VIOL_ERR",
  "IBV_WC_REM_INV_RD_REQ_ERR",
  "IBV_WC_REM_ABORT_ERR",
  "IBV_WC_INV_EECN_ERR",
  "IBV_WC_INV_EEC_STATE_ERR",
  "IBV_WC_FATAL_ERR",
  "IBV_WC_RESP_TIMEOUT_ERR",
  "IBV_WC_GENERAL_ERR",
] as const;

/** enum ibv_port_state, by number. */
export const portStates = ["NOP", "DOWN", "INIT", "ARMED", "ACTIVE", "ACTIVE_DEFER"] as const;
