/* The workload ipv4-forward in C, check by check as packages/contract/src/ipv4-forward.ts has it. */
#ifndef IOPATH_WORKLOAD_H
#define IOPATH_WORKLOAD_H

#include <stdint.h>
#include <string.h>

enum { SHORT, ETHERTYPE, VERSION, HEADER_LENGTH, TOTAL_LENGTH, TTL, REASONS };

struct counters {
	uint64_t received;
	uint64_t sent;
	uint64_t unsent;
	uint64_t dropped[REASONS];
};

/* Forwards a frame in place; returns 0, or 1 + the reason to drop it. */
static inline int forward_ipv4(uint8_t *frame, uint32_t bytes, const uint8_t *macs)
{
	if (bytes < 34)
		return 1 + SHORT;
	if (frame[12] != 0x08 || frame[13] != 0x00)
		return 1 + ETHERTYPE;
	if (frame[14] >> 4 != 4)
		return 1 + VERSION;
	uint32_t header = (frame[14] & 0xfu) * 4;
	if (header < 20)
		return 1 + HEADER_LENGTH;
	uint32_t total = (uint32_t)frame[16] << 8 | frame[17];
	if (total < header || total + 14 > bytes)
		return 1 + TOTAL_LENGTH;
	if (frame[22] <= 1)
		return 1 + TTL;
	memcpy(frame, macs, 12);
	frame[22]--;
	uint16_t checksum;
	memcpy(&checksum, frame + 24, 2);
	uint32_t sum = checksum + 1u; /* RFC 1624 on the little-endian half word */
	checksum = (uint16_t)(sum >= 0xffff ? sum + 1 : sum);
	memcpy(frame + 24, &checksum, 2);
	return 0;
}

#endif
