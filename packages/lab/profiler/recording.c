/*
 * From the mark ARM to the mark WRITE a program is profiled. A window is open from BEGIN to END,
 * and counts from the first look at the clock in it to the last.
 */
#include <limits.h>
#include "profiler.h"

uint64_t *words;

static const char *prefix = "profile";
static unsigned written;
static bool armed, open;
static uint32_t now; /* the cell that is counted into */
static uint64_t counted; /* of what was executed */

void record_to(const char *name)
{
	prefix = name;
}

bool is_armed(void)
{
	return armed;
}

/* What was executed since the last look belongs to the block before. */
static void account(void)
{
	uint64_t instructions = words[EXECUTED] - counted;
	counted = words[EXECUTED];
	if (instructions)
		window_count(now, instructions);
}

void record_block(uint64_t block)
{
	account();
	uint32_t node = stacks_arrive(block);
	now = tree_cell(node, block);
}

bool record_arm(void)
{
	bool begins = !armed;
	armed = true;
	return begins;
}

void record_begin(void)
{
	if (!armed)
		return;
	open = true;
	words[COUNTING] = 0;
}

/* The first look at the clock begins what is timed; each later one may end it. */
void record_clock(uint64_t block)
{
	if (!open)
		return;
	if (words[COUNTING]) {
		account();
		window_keep();
		return;
	}
	stacks_begin(block);
	window_begin();
	counted = words[EXECUTED];
	now = tree_cell(stacks_top(), block);
	words[COUNTING] = 1;
}

void record_end(void)
{
	if (!armed || !open)
		return;
	window_drop();
	open = false;
	words[COUNTING] = 0;
}

bool record_write(void)
{
	if (!armed)
		return false;
	armed = false;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s%u", prefix, ++written);
	windows_write(path);
	windows_clear();
	return true;
}
