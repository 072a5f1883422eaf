/* The io-uring forwarder in C: the same ring, flags, buffers and bursts as the TypeScript one. */
#define _GNU_SOURCE
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "packet-socket.h"
#include "workload.h"

enum { BUFFER_BYTES = 25 * 64, RECEIVE = 0, SEND = 1, MULTISHOT_FRAMES = 32, SMALL_BURSTS_MAX = 16 };

static int from = -1, to = -1, ring = -1;
static unsigned burst, operations = 1, operations_max, small_bursts, buffers_count;
static uint8_t macs[12];
static uint8_t *rings, *buffers;
static struct io_uring_sqe *entries;
static struct io_uring_buf_ring *provided;
static struct io_uring_params params;
static unsigned submitted, completed, offered, next_buffer;
static size_t ring_bytes, entry_bytes, buffer_bytes;
static struct io_uring_rsrc_update registered = { .offset = -1U };
static struct counters counters;

static unsigned *word(unsigned offset)
{
	return (unsigned *)(rings + offset);
}

static unsigned power_of_two(unsigned least)
{
	unsigned size = 1;
	while (size < least)
		size *= 2;
	return size;
}

static int map_ring(void)
{
	size_t completions = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	ring_bytes = params.sq_off.array + params.sq_entries * 4;
	if (completions > ring_bytes)
		ring_bytes = completions;
	entry_bytes = params.sq_entries * sizeof(struct io_uring_sqe);
	int flags = MAP_SHARED | MAP_POPULATE;
	rings = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, flags, ring, IORING_OFF_SQ_RING);
	entries = mmap(NULL, entry_bytes, PROT_READ | PROT_WRITE, flags, ring, IORING_OFF_SQES);
	if (rings == MAP_FAILED || (void *)entries == MAP_FAILED)
		return -1;
	return 0;
}

static int offer_buffers(void)
{
	size_t list = (buffers_count * sizeof(struct io_uring_buf) + 4095) & ~4095ul;
	buffer_bytes = list + PACKET_FRAME_START + (size_t)buffers_count * BUFFER_BYTES;
	provided = mmap(NULL, buffer_bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	buffers = (uint8_t *)provided + list + PACKET_FRAME_START;
	for (unsigned i = 0; i < buffers_count; i++) {
		struct io_uring_buf *buffer = &provided->bufs[i];
		buffer->addr = (uintptr_t)(buffers + (size_t)i * BUFFER_BYTES);
		buffer->len = BUFFER_BYTES;
		buffer->bid = i;
	}
	offered = buffers_count;
	__atomic_store_n(&provided->tail, offered, __ATOMIC_RELEASE);
	struct io_uring_buf_reg registration = { .ring_addr = (uintptr_t)provided,
						 .ring_entries = buffers_count };
	return syscall(__NR_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &registration, 1);
}

/* Entries stay as they are: one a buffer to send it, and behind them those that receive. */
static void prepare_entries(void)
{
	for (unsigned i = 0; i < buffers_count; i++)
		entries[i] = (struct io_uring_sqe){
			.opcode = IORING_OP_SEND,
			.flags = IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS,
			.fd = 1,
			.addr = (uintptr_t)(buffers + (size_t)i * BUFFER_BYTES),
			.msg_flags = MSG_DONTWAIT,
			.user_data = SEND,
		};
	for (unsigned i = 0; i < operations_max; i++)
		entries[buffers_count + i] = (struct io_uring_sqe){
			.opcode = IORING_OP_RECV,
			.flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT,
			.ioprio = IORING_RECV_MULTISHOT,
			.fd = 0,
			.msg_flags = MSG_DONTWAIT,
			.user_data = RECEIVE,
		};
}

int peer_open(const struct ends *ends, unsigned frames)
{
	memcpy(macs, ends->rewrite, sizeof(macs));
	burst = frames;
	operations_max = (burst + MULTISHOT_FRAMES - 1) / MULTISHOT_FRAMES;
	buffers_count = power_of_two(burst);
	from = open_packet_socket(ends->ingress, ETH_P_ALL);
	to = open_packet_socket(ends->egress, 0);
	params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
		       IORING_SETUP_DEFER_TASKRUN;
	params.cq_entries = 2 * power_of_two(buffers_count + operations_max);
	ring = syscall(__NR_io_uring_setup, power_of_two(buffers_count + operations_max), &params);
	if (from < 0 || to < 0 || ring < 0 || map_ring())
		return -1;
	registered.data = ring;
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_RING_FDS, &registered, 1) != 1)
		return -1;
	int sockets[] = { from, to };
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, sockets, 2))
		return -1;
	if (offer_buffers())
		return -1;
	prepare_entries();
	return 0;
}

static void queue(unsigned entry)
{
	word(params.sq_off.array)[submitted++ & (params.sq_entries - 1)] = entry;
}

static int enter(unsigned count)
{
	__atomic_store_n(word(params.sq_off.tail), submitted, __ATOMIC_RELEASE);
	return syscall(__NR_io_uring_enter, registered.offset, count, 0,
		       IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING, NULL, 0);
}

static unsigned available(void)
{
	return __atomic_load_n(word(params.cq_off.tail), __ATOMIC_ACQUIRE) - completed;
}

static struct io_uring_cqe *completion(unsigned number)
{
	struct io_uring_cqe *all = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
	return &all[number & (params.cq_entries - 1)];
}

static void drain(void)
{
	for (unsigned i = 0; i < operations; i++)
		queue(buffers_count + i);
	enter(operations);
}

static void adapt(unsigned frames)
{
	unsigned before = operations;
	if (frames > MULTISHOT_FRAMES * before)
		operations = operations_max;
	small_bursts = frames > MULTISHOT_FRAMES * (before - 1) ? 0 : small_bursts + 1;
	if (small_bursts < SMALL_BURSTS_MAX)
		return;
	operations = 1;
	small_bursts = 0;
}

static void send_all(unsigned queued)
{
	if (queued == 0)
		return;
	unsigned before = available();
	int sent = enter(queued);
	for (unsigned end = available(); before < end; before++)
		if (completion(completed + before)->user_data == SEND)
			sent--;
	counters.sent += sent;
	counters.unsent += queued - sent;
}

int peer_step(void)
{
	unsigned waiting = available(), count = 0, queued = 0;
	int drains = waiting == 0;
	if (drains) {
		drain();
		waiting = available();
	}
	for (; waiting > 0 && count < burst; waiting--) {
		struct io_uring_cqe *came = completion(completed++);
		if (came->user_data != RECEIVE || !(came->flags & IORING_CQE_F_BUFFER))
			continue;
		uint8_t *frame = buffers + (size_t)(came->flags >> IORING_CQE_BUFFER_SHIFT) * BUFFER_BYTES;
		uint32_t bytes = came->res;
		if (bytes == VLAN_MARK)
			bytes = restore_vlan_frame(frame);
		unsigned buffer = next_buffer++ & (buffers_count - 1);
		count++;
		int drop = forward_ipv4(frame, bytes, macs);
		if (drop) {
			counters.dropped[drop - 1]++;
			continue;
		}
		entries[buffer].len = bytes;
		queue(buffer);
		queued++;
	}
	__atomic_store_n(word(params.cq_off.head), completed, __ATOMIC_RELEASE);
	if (drains)
		adapt(count);
	counters.received += count;
	send_all(queued);
	offered += count;
	__atomic_store_n(&provided->tail, (uint16_t)offered, __ATOMIC_RELEASE);
	return count;
}

struct counters *peer_counters(void)
{
	return &counters;
}

void peer_close(void)
{
	registered.data = 0;
	syscall(__NR_io_uring_register, ring, IORING_UNREGISTER_RING_FDS, &registered, 1);
	close(ring);
	close(from);
	close(to);
	munmap(rings, ring_bytes);
	munmap(entries, entry_bytes);
	munmap(provided, buffer_bytes);
}
