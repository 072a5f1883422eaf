/*
 * Call stacks of the guest's tasks. A call pushes a frame with the stack pointer of its return
 * address, a return pops down to that stack pointer, or to where that return address leads. System
 * calls and interrupts (whoever comes to the kernel's entry code in no other way) push frames too,
 * and the return from them pops theirs.
 */
#include <inttypes.h>
#include "profiler.h"

/* What the last instruction of a block did, until the next block shows where it led. */
struct transfer {
	enum kind kind;
	uint64_t sp, site, back;
};

struct frame {
	uint32_t node;
	enum kind kind;
	uint64_t sp, back;
	struct transfer interrupted;
};

enum { FRAMES_MAX = 1024, TASKS_MAX = 64, STACK_BYTES = 16384 };
struct stack {
	uint64_t task;
	unsigned depth;
	struct frame frames[FRAMES_MAX];
};

static struct stack stacks[TASKS_MAX], *stack = stacks;
static unsigned stack_count;
static struct transfer pending;
static uint64_t previous; /* address of the block before */
static uint64_t entry_start, entry_end;
static uint64_t calls, returns, unmatched, interrupts, switches;

void stacks_know(uint64_t start, uint64_t end)
{
	entry_start = start;
	entry_end = end;
}

void stacks_begin(uint64_t block)
{
	stack = stacks;
	stack_count = 1;
	stack->task = 0;
	stack->depth = 0;
	pending.kind = NONE;
	previous = block;
}

void stacks_forget_counts(void)
{
	calls = returns = unmatched = interrupts = switches = 0;
}

void stacks_write(FILE *file)
{
	fprintf(file,
		"seen calls %" PRIu64 " returns %" PRIu64 " unmatched %" PRIu64 " interrupts %" PRIu64
		" switches %" PRIu64 "\n",
		calls, returns, unmatched, interrupts, switches);
}

uint32_t stacks_top(void)
{
	return stack->depth ? stack->frames[stack->depth - 1].node : 0;
}

/* Frames that were left without a return (a tail call): theirs is the place of this one. */
static void drop_left(uint64_t sp)
{
	while (stack->depth) {
		struct frame *frame = &stack->frames[stack->depth - 1];
		if (frame->kind != CALL || frame->sp > sp || sp - frame->sp >= STACK_BYTES)
			return;
		stack->depth--;
	}
}

static void push(enum kind kind, uint64_t target, struct transfer from)
{
	if (kind == CALL && from.sp)
		drop_left(from.sp);
	if (stack->depth == FRAMES_MAX)
		return;
	uint32_t node = tree_child(stacks_top(), kind, from.site, target);
	struct transfer interrupted = kind == INTERRUPT ? pending : (struct transfer){ 0 };
	stack->frames[stack->depth++] =
		(struct frame){ node, kind, from.sp, from.back, interrupted };
}

/*
 * The frame that a return ends, by its stack pointer (0 with QEMU 7.2, where it is not known), else
 * by where it leads; -1 when it began before the window.
 */
static int frame_of_return(uint64_t sp, uint64_t to)
{
	for (int i = stack->depth - 1; sp && i >= 0 && stack->frames[i].kind == CALL; i--)
		if (stack->frames[i].sp == sp)
			return i;
	for (int i = stack->depth - 1; i >= 0 && stack->frames[i].kind == CALL; i--)
		if (stack->frames[i].back == to)
			return i;
	return -1;
}

static bool is_entry(uint64_t address)
{
	return address >= entry_start && address < entry_end;
}

/* Entry code that nothing led to: no system call, and no return to where a call came from. */
static bool is_interrupt(uint64_t to)
{
	if (!is_entry(to) || is_entry(previous) || pending.kind == SYSTEM_CALL)
		return false;
	if (pending.kind != RETURN)
		return true;
	int i = frame_of_return(pending.sp, to);
	return i < 0 ? pending.sp == 0 : stack->frames[i].back != to;
}

static void interrupt(uint64_t to)
{
	interrupts++;
	push(INTERRUPT, to, (struct transfer){ 0 });
	pending.kind = NONE;
}

/* Back to where an interrupt or a system call came from; then goes on what was interrupted. */
static void leave_kernel(void)
{
	struct transfer rest = { 0 };
	while (stack->depth) {
		struct frame *frame = &stack->frames[--stack->depth];
		if (frame->kind == INTERRUPT)
			rest = frame->interrupted;
		if (frame->kind == INTERRUPT || frame->kind == SYSTEM_CALL)
			break;
	}
	pending = rest;
}

static void follow(uint64_t to)
{
	if (is_interrupt(to))
		return interrupt(to);
	if (pending.kind == INTERRUPT_RETURN || pending.kind == SYSTEM_RETURN) {
		leave_kernel();
		if (is_entry(to)) /* the next interrupt waited already */
			return interrupt(to);
	}
	if (pending.kind == CALL) {
		calls++;
		push(CALL, to, pending);
	} else if (pending.kind == SYSTEM_CALL) {
		push(SYSTEM_CALL, to, pending);
	} else if (pending.kind == RETURN) {
		returns++;
		int i = frame_of_return(pending.sp, to);
		if (i >= 0)
			stack->depth = i;
		else
			unmatched++;
	}
	pending.kind = NONE;
}

uint32_t stacks_arrive(uint64_t block)
{
	if (pending.kind != NONE || is_entry(block))
		follow(block);
	previous = block;
	return stacks_top();
}

void saw_call(uint64_t site, uint64_t back, uint64_t sp)
{
	pending = (struct transfer){ CALL, sp, site, back };
}

void saw_return(uint64_t sp)
{
	pending = (struct transfer){ RETURN, sp, 0, 0 };
}

void saw_crossing(enum kind kind)
{
	pending = (struct transfer){ kind, 0, 0, 0 };
}

void saw_switch_from(uint64_t task)
{
	stack->task = task;
}

/* A task that was not seen yet begins at the root: what it did before is not known. */
void saw_switch_to(uint64_t task)
{
	switches++;
	for (unsigned i = 0; i < stack_count; i++) {
		if (stacks[i].task != task)
			continue;
		stack = &stacks[i];
		return;
	}
	if (stack_count == TASKS_MAX)
		stack_count = 1;
	stack = &stacks[stack_count++];
	stack->task = task;
	stack->depth = 1;
	stack->frames[0] = (struct frame){ tree_child(0, TASK, 0, 0), TASK, 0, 0, { 0 } };
}
