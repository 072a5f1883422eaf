/* The packet-ring forwarder in C: the same rings, slots and bursts as the TypeScript one. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "packet-socket.h"
#include "workload.h"

enum { SLOT_BYTES = 25 * 64, BLOCK_BYTES = 64 * SLOT_BYTES, SLOTS_MIN = 512, RESERVE = 2, TAG_BYTES = 4 };
enum { TRANSMIT_DATA = TPACKET2_HDRLEN - sizeof(struct sockaddr_ll) };

static int from = -1, to = -1;
static unsigned burst, slots, next_in, next_out;
static uint8_t macs[12];
static uint8_t *receive_ring, *transmit_ring;
static struct counters counters;

static uint8_t *request_ring(int fd, int option)
{
	int version = TPACKET_V2;
	struct tpacket_req request = { .tp_block_size = BLOCK_BYTES,
				       .tp_block_nr = slots * SLOT_BYTES / BLOCK_BYTES,
				       .tp_frame_size = SLOT_BYTES,
				       .tp_frame_nr = slots };
	setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version));
	if (option == PACKET_RX_RING) {
		int reserve = RESERVE;
		setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof(reserve));
	}
	if (setsockopt(fd, SOL_PACKET, option, &request, sizeof(request)))
		return MAP_FAILED;
	return mmap(NULL, (size_t)slots * SLOT_BYTES, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, 0);
}

static int bind_socket(int fd, int ifindex, int protocol)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(protocol),
				       .sll_ifindex = ifindex };
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

int peer_open(const struct ends *ends, unsigned frames)
{
	int on = 1, bytes = 8 << 20;
	memcpy(macs, ends->rewrite, sizeof(macs));
	burst = frames;
	for (slots = SLOTS_MIN; slots < 4 * burst; slots *= 2)
		;
	from = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	to = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	setsockopt(from, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(to, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(from, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(to, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	receive_ring = request_ring(from, PACKET_RX_RING);
	transmit_ring = request_ring(to, PACKET_TX_RING);
	if (receive_ring == MAP_FAILED || transmit_ring == MAP_FAILED)
		return -1;
	return bind_socket(from, ends->ingress, ETH_P_ALL) || bind_socket(to, ends->egress, 0) ? -1 : 0;
}

static struct tpacket2_hdr *slot(uint8_t *ring, unsigned number)
{
	return (struct tpacket2_hdr *)(ring + (size_t)(number & (slots - 1)) * SLOT_BYTES);
}

static uint32_t status(struct tpacket2_hdr *header)
{
	return __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);
}

static void give(struct tpacket2_hdr *header, uint32_t to_whom)
{
	__atomic_store_n(&header->tp_status, to_whom, __ATOMIC_RELEASE);
}

/* The tag goes back between the MAC addresses and the EtherType; the frame begins 4 bytes
 * earlier. */
static uint8_t *restore_tag(uint8_t *frame, const struct tpacket2_hdr *header)
{
	int known = header->tp_status & TP_STATUS_VLAN_TPID_VALID;
	uint16_t tag[2] = { htons(known ? header->tp_vlan_tpid : ETH_P_8021Q),
			    htons(header->tp_vlan_tci) };
	memmove(frame - TAG_BYTES, frame, 12);
	memcpy(frame - TAG_BYTES + 12, tag, sizeof(tag));
	return frame - TAG_BYTES;
}

/* After an error: the slots from the first that was refused are taken back. */
static unsigned settle(unsigned first, unsigned queued)
{
	const uint32_t refused = TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT;
	unsigned sent = 0;
	while (sent < queued && !(status(slot(transmit_ring, first + sent)) & refused))
		sent++;
	for (unsigned i = sent; i < queued; i++)
		give(slot(transmit_ring, first + i), TP_STATUS_AVAILABLE);
	counters.unsent += queued - sent;
	next_out = first + sent;
	return sent;
}

static void send_all(unsigned first, unsigned queued, long bytes)
{
	if (queued == 0)
		return;
	long taken = sendto(to, NULL, 0, MSG_DONTWAIT, NULL, 0);
	counters.sent += taken == bytes ? queued : settle(first, queued);
}

/* Copies a frame into the transmit ring; returns whether there was room. */
static int queue(const uint8_t *frame, uint32_t bytes)
{
	struct tpacket2_hdr *out = slot(transmit_ring, next_out);
	if (status(out) != TP_STATUS_AVAILABLE)
		return 0;
	memcpy((uint8_t *)out + TRANSMIT_DATA, frame, bytes);
	out->tp_len = bytes;
	give(out, TP_STATUS_SEND_REQUEST);
	next_out++;
	return 1;
}

int peer_step(void)
{
	unsigned count = 0, first = next_out, queued = 0;
	long queued_bytes = 0;
	for (; count < burst; count++, next_in++) {
		struct tpacket2_hdr *in = slot(receive_ring, next_in);
		uint32_t state = status(in);
		if (!(state & TP_STATUS_USER))
			break;
		uint8_t *frame = (uint8_t *)in + in->tp_mac;
		uint32_t bytes = in->tp_snaplen;
		if (state & TP_STATUS_VLAN_VALID) {
			frame = restore_tag(frame, in);
			bytes += TAG_BYTES;
		}
		int drop = forward_ipv4(frame, bytes, macs);
		if (drop) {
			counters.dropped[drop - 1]++;
		} else if (queue(frame, bytes)) {
			queued++;
			queued_bytes += bytes;
		} else {
			counters.unsent++;
		}
		give(in, TP_STATUS_KERNEL);
	}
	counters.received += count;
	send_all(first, queued, queued_bytes);
	return count;
}

struct counters *peer_counters(void)
{
	return &counters;
}

void peer_close(void)
{
	munmap(receive_ring, (size_t)slots * SLOT_BYTES);
	munmap(transmit_ring, (size_t)slots * SLOT_BYTES);
	close(from);
	close(to);
}
