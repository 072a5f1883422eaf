/* What the files of the profiler share. README.md says what it is. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Each file knows those before it, and none behind. */

/* How a function was come to; what a block ends with. The first numbers stand in the output. */
enum kind { NONE, CALL, RETURN, SYSTEM_CALL, SYSTEM_RETURN, INTERRUPT, INTERRUPT_RETURN, TASK };

/* memory.c */
void *grown(void *array, size_t count, size_t *room, size_t bytes); /* room for one more */

/* tree.c: the tree of calls, and what was executed in each of its places. */
struct node {
	uint32_t parent, sibling, child;
	enum kind kind;
	uint64_t site, target; /* of the call, and what it leads to */
};

/* Instructions of one block, called in one way. */
struct cell {
	uint32_t node;
	uint64_t block;
	uint64_t here; /* in the window that is open */
};

void tree_clear(void);
uint32_t tree_child(uint32_t parent, enum kind kind, uint64_t site, uint64_t target);
uint32_t tree_cell(uint32_t node, uint64_t block);
struct cell *cell_at(uint32_t cell);
size_t tree_cells(void); /* how many there are */
void tree_write(FILE *file, const uint64_t *counts); /* of each cell; what has none is left out */

/* stacks.c: where in the tree each task of the guest is. */
void stacks_know(uint64_t entry_start, uint64_t entry_end); /* of the kernel's entry code */
void stacks_begin(uint64_t block); /* a window begins in it; forgets all stacks */
void stacks_forget_counts(void);
void stacks_write(FILE *file);

/* What the last instruction of a block does, told when it is executed. */
void saw_call(uint64_t site, uint64_t back, uint64_t sp);
void saw_return(uint64_t sp); /* 0 where QEMU does not tell it */
void saw_crossing(enum kind kind);
/* Tasks are known by the address at which their stack pointer is kept. */
void saw_switch_from(uint64_t task);
void saw_switch_to(uint64_t task);

/* A block begins; the node that it belongs to. */
uint32_t stacks_arrive(uint64_t block);
uint32_t stacks_top(void);

/* windows.c: what was executed in each window. */
void windows_clear(void);
void window_begin(void);
void window_count(uint32_t cell, uint64_t instructions);
void window_keep(void); /* what was counted so far is of the window */
void window_drop(void); /* what was counted since was not */
bool windows_write(const char *path); /* false, and said so, when it could not be written */

/* recording.c: what the marks of a program say. */
enum { EXECUTED, COUNTING, WORDS };
extern uint64_t *words; /* that instrumented code itself writes and reads */

void record_to(const char *prefix); /* of the files that are written */
bool is_armed(void); /* whether code is to be instrumented */
bool record_arm(void); /* whether it was not before */
bool record_write(void); /* whether it was armed */
void record_begin(void);
void record_end(void);
void record_clock(uint64_t block);
void record_block(uint64_t block);
