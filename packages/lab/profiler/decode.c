/* Which instructions matter, by their bytes (Intel SDM, volume 2). */
#include "decode.h"

enum instruction decode(const uint8_t *b, unsigned size)
{
	if (size == 2 && b[0] == 0x0f && b[1] == 0x31)
		return READS_CLOCK; /* rdtsc */
	if (size == 3 && b[0] == 0x0f && b[1] == 0x01 && b[2] == 0xf9)
		return READS_CLOCK; /* rdtscp */
	unsigned i = 0;
	while (i < size - 1 &&
	       (b[i] == 0x66 || b[i] == 0x2e || b[i] == 0x3e || b[i] == 0xf2 || b[i] == 0xf3))
		i++;
	if ((b[i] & 0xf0) == 0x40) /* REX */
		i++;
	uint8_t opcode = b[i], next = b[i + 1], digit = next >> 3 & 7;
	if (opcode == 0xe8 || (opcode == 0xff && (digit == 2 || digit == 3)))
		return CALLS;
	if (opcode == 0xc3 || opcode == 0xc2)
		return RETURNS;
	if (opcode == 0x0f && next == 0x05)
		return ENTERS_KERNEL; /* syscall */
	if (opcode == 0x0f && next == 0x07)
		return LEAVES_KERNEL; /* sysret */
	if (opcode == 0xcf)
		return ENDS_INTERRUPT; /* iret */
	if (size >= 4 && b[0] == 0x48 && b[1] == 0x89 && b[2] == 0xa7)
		return SAVES_STACK; /* mov [rdi + n], rsp */
	if (size >= 4 && b[0] == 0x48 && b[1] == 0x8b && b[2] == 0xa6)
		return LOADS_STACK; /* mov rsp, [rsi + n] */
	return ANY;
}

/* nop [rax + INDEX + number]: 0f 1f 84, the index, four bytes of the number. */
bool is_mark(const uint8_t *b, unsigned size)
{
	return size == MARK_BYTES && b[0] == 0x0f && b[1] == 0x1f && b[2] == 0x84 && b[3] != 0;
}

enum mark mark_of(const uint8_t *b)
{
	return b[3];
}

uint64_t kernel_address_of(const uint8_t *b)
{
	uint64_t low = b[4] | b[5] << 8 | b[6] << 16 | (uint64_t)b[7] << 24;
	return 0xffffffff00000000 | low;
}
