/* Windows: what each of them executed, and the one in the middle of all as a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "profiler.h"

/* Cells of the window that is open. */
static uint32_t *touched;
static size_t touched_count, touched_room;

/* What each window executed, one after the other. */
struct entry {
	uint32_t cell, count;
};
static struct entry *history;
static size_t history_count, history_room;

struct window {
	uint64_t total;
	size_t first, end; /* of its entries */
};
static struct window *windows;
static size_t window_total, window_room;

void windows_clear(void)
{
	tree_clear();
	stacks_forget_counts();
	touched_count = history_count = window_total = 0;
}

void window_begin(void)
{
	windows = grown(windows, window_total, &window_room, sizeof *windows);
	windows[window_total++] = (struct window){ 0, history_count, history_count };
}

void window_count(uint32_t cell, uint64_t instructions)
{
	struct cell *counted = cell_at(cell);
	if (!counted->here) {
		touched = grown(touched, touched_count, &touched_room, sizeof *touched);
		touched[touched_count++] = cell;
	}
	counted->here += instructions;
}

void window_keep(void)
{
	struct window *window = &windows[window_total - 1];
	for (size_t i = 0; i < touched_count; i++) {
		struct cell *cell = cell_at(touched[i]);
		history = grown(history, history_count, &history_room, sizeof *history);
		history[history_count++] = (struct entry){ touched[i], (uint32_t)cell->here };
		window->total += cell->here;
		cell->here = 0;
	}
	window->end = history_count;
	touched_count = 0;
}

void window_drop(void)
{
	for (size_t i = 0; i < touched_count; i++)
		cell_at(touched[i])->here = 0;
	touched_count = 0;
}

/* Of windows that executed as much, the one that came first. */
static int by_total(const void *a, const void *b)
{
	const struct window *x = *(const struct window *const *)a, *y = *(const struct window *const *)b;
	if (x->total != y->total)
		return x->total < y->total ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The first window that executed what the one in the middle did; NULL when no window did. */
static const struct window *middle_window(void)
{
	const struct window **order = calloc(window_total + 1, sizeof *order);
	if (!order || window_total == 0) {
		free(order);
		return NULL;
	}
	for (size_t i = 0; i < window_total; i++)
		order[i] = &windows[i];
	qsort(order, window_total, sizeof *order, by_total);
	size_t middle = (window_total - 1) / 2;
	while (middle > 0 && order[middle - 1]->total == order[middle]->total)
		middle--;
	const struct window *found = order[middle];
	free(order);
	return found;
}

static bool write_all(FILE *file)
{
	fprintf(file, "stacks 1\n");
	for (size_t i = 0; i < window_total; i++)
		fprintf(file, "window %" PRIu64 "\n", windows[i].total);
	stacks_write(file);
	const struct window *window = middle_window();
	uint64_t *counts = calloc(tree_cells(), sizeof *counts);
	if (!counts)
		return false;
	for (size_t i = window ? window->first : 0; window && i < window->end; i++)
		counts[history[i].cell] += history[i].count;
	tree_write(file, counts);
	free(counts);
	fprintf(file, "end\n");
	return !ferror(file);
}

bool windows_write(const char *path)
{
	FILE *file = fopen(path, "w");
	bool written = file && write_all(file);
	if (file && fclose(file) != 0)
		written = false;
	if (!written) {
		fprintf(stderr, "iopath profiler: %s can't be written: %s\n", path, strerror(errno));
		remove(path);
	}
	return written;
}
