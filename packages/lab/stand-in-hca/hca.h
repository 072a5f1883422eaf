/* What the files of the stand-in HCA share. README.md says what it is. */
#pragma once
#include <infiniband/verbs.h>
#include <stdbool.h>

enum { QUEUE_MAX = 4096, SGE_MAX = 16, CQE_MAX = 65536, QPS_MAX = 1024, GIDS_MAX = 16, GRH_BYTES = 40 };

/* One work request, copied when it is posted: the poster may reuse its own at once. */
struct work {
	uint64_t wr_id;
	int sges;
	struct ibv_sge sge[SGE_MAX];
	/* Of a datagram: where to. */
	union ibv_gid gid;
	uint32_t qpn, qkey;
};

/* head and tail run freely; what is between them waits. */
struct work_queue {
	uint32_t head, tail;
	struct work at[QUEUE_MAX];
};

struct completion_queue {
	struct ibv_cq cq;
	uint32_t head, tail;
	struct ibv_wc at[CQE_MAX];
};

struct queue_pair {
	struct ibv_qp qp;
	struct ibv_qp_attr attr;
	struct ibv_qp_init_attr init;
	int socket; /* to other processes, -1 without */
	struct work_queue send, receive;
};

struct address_handle {
	struct ibv_ah ah;
	struct ibv_ah_attr attr;
};

/* What comes to a queue pair, from this process or from another. */
struct message {
	uint32_t source_qpn, qkey;
	union ibv_gid source_gid;
	uint32_t bytes;
};

/* Each file knows those before it, and none behind. */

/* gids.c */
void read_gids(void); /* from STAND_IN_HCA_GIDS */
int gid_index(const union ibv_gid *gid); /* -1 when it is not one of ours */
const union ibv_gid *gid_at(int index);

/* completion.c */
void complete(struct ibv_cq *cq, struct ibv_wc wc);
int take_completions(struct ibv_cq *cq, int most, struct ibv_wc *into);
void forget(struct ibv_cq *cq, uint32_t qpn); /* what nobody has polled of a pair that is gone */

/* delivery.c */
enum delivery { DELIVERED, NO_RECEIVE, NO_SUCH_PEER, TOO_LONG };
enum delivery deliver(struct queue_pair *to, const struct message *message, const struct work *from);
struct work *next_receive(struct queue_pair *qp);

/* wire.c: between processes, where STAND_IN_HCA_WIRE names a folder for sockets. */
bool has_wire(void);
void wire_open(struct queue_pair *qp);
void wire_close(struct queue_pair *qp);
enum delivery wire_send(struct queue_pair *qp, const union ibv_gid *gid, uint32_t qpn,
			const struct message *message, const struct work *work);
void wire_receive(struct queue_pair *qp);

/* queue-pair.c */
int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int post_receive(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);
void make_progress(void);
void lock(void);
void unlock(void);
