/* Instructions that the profiler follows, and the marks of the program that it profiles. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum instruction {
	ANY,
	CALLS,
	RETURNS,
	ENTERS_KERNEL,
	LEAVES_KERNEL,
	ENDS_INTERRUPT,
	READS_CLOCK,
	SAVES_STACK,
	LOADS_STACK,
};

enum { INSTRUCTION_BYTES_MAX = 16, MARK_BYTES = 8 };

/* `bytes` has INSTRUCTION_BYTES_MAX of them, zeros behind the instruction. */
enum instruction decode(const uint8_t *bytes, unsigned size);

/*
 * A mark is a no-op that carries a number: it does nothing anywhere else. Which mark it is says its
 * SIB byte: [rax + rcx], [rax + rdx], ... packages/native/src/foreign/profile-marks.ts makes them.
 */
enum mark {
	BEGIN = 0x08, /* the next look at the clock begins a window */
	END = 0x10, /* the last look at the clock before it ended the window */
	ARM = 0x18, /* windows count from now on */
	WRITE = 0x28, /* writes what was counted, and forgets it */
	ENTRY_START = 0x38, /* addresses of the kernel's, whose low half is the number: */
	ENTRY_END = 0x48, /* its entry code, */
	SWITCH = 0x50, /* and __switch_to_asm */
};

bool is_mark(const uint8_t *bytes, unsigned size);
enum mark mark_of(const uint8_t *bytes);
uint64_t kernel_address_of(const uint8_t *bytes);
