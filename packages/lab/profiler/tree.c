/* The tree of calls: who called whom from where, and the blocks that ran in each place. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "profiler.h"

static struct node *nodes;
static size_t node_count, node_room;
static struct cell *cells;
static size_t cell_count, cell_room;
/* Cells by node and block: open addressing, a power of two, at most half full. 0 is free. */
static uint32_t *table;
static size_t table_room = 1 << 16;

static size_t hash(uint32_t node, uint64_t block)
{
	return ((block ^ ((uint64_t)node << 32)) * 0x9e3779b97f4a7c15) >> 32;
}

static void place(uint32_t cell)
{
	size_t at = hash(cells[cell].node, cells[cell].block);
	while (table[at & (table_room - 1)])
		at++;
	table[at & (table_room - 1)] = cell;
}

static void empty_table(void)
{
	free(table);
	table = calloc(table_room, sizeof *table);
	if (table)
		return;
	fprintf(stderr, "iopath profiler: no memory for %zu cells\n", table_room);
	exit(EXIT_FAILURE);
}

static uint32_t add_node(struct node node)
{
	nodes = grown(nodes, node_count, &node_room, sizeof *nodes);
	nodes[node_count] = node;
	return node_count++;
}

static uint32_t add_cell(struct cell cell)
{
	cells = grown(cells, cell_count, &cell_room, sizeof *cells);
	cells[cell_count] = cell;
	return cell_count++;
}

/* The first of both is none: what an index of 0 means. The root has the index 0 as well. */
void tree_clear(void)
{
	node_count = cell_count = 0;
	empty_table();
	add_node((struct node){ 0 });
	add_cell((struct cell){ 0 });
}

uint32_t tree_child(uint32_t parent, enum kind kind, uint64_t site, uint64_t target)
{
	for (uint32_t i = nodes[parent].child; i; i = nodes[i].sibling) {
		struct node *node = &nodes[i];
		if (node->site == site && node->target == target && node->kind == kind)
			return i;
	}
	uint32_t made = add_node((struct node){ parent, nodes[parent].child, 0, kind, site, target });
	nodes[parent].child = made;
	return made;
}

uint32_t tree_cell(uint32_t node, uint64_t block)
{
	for (size_t at = hash(node, block);; at++) {
		uint32_t i = table[at & (table_room - 1)];
		if (!i)
			break;
		if (cells[i].node == node && cells[i].block == block)
			return i;
	}
	if (2 * (cell_count + 1) >= table_room) {
		table_room *= 2;
		empty_table();
		for (size_t i = 1; i < cell_count; i++)
			place(i);
	}
	uint32_t made = add_cell((struct cell){ node, block, 0 });
	place(made);
	return made;
}

struct cell *cell_at(uint32_t cell)
{
	return &cells[cell];
}

size_t tree_cells(void)
{
	return cell_count;
}

/* Nodes that lead to a cell with a count, parents first, and those cells. */
void tree_write(FILE *file, const uint64_t *counts)
{
	bool *used = calloc(node_count, sizeof *used);
	for (size_t i = 1; used && i < cell_count; i++) {
		if (!counts[i])
			continue;
		for (uint32_t node = cells[i].node; node && !used[node]; node = nodes[node].parent)
			used[node] = true;
	}
	for (size_t i = 1; used && i < node_count; i++) {
		struct node *node = &nodes[i];
		if (used[i])
			fprintf(file, "node %zu %" PRIu32 " %d %" PRIx64 " %" PRIx64 "\n", i, node->parent,
				node->kind, node->site, node->target);
	}
	for (size_t i = 1; used && i < cell_count; i++) {
		if (counts[i])
			fprintf(file, "cell %" PRIu32 " %" PRIx64 " %" PRIu64 "\n", cells[i].node,
				cells[i].block, counts[i]);
	}
	free(used);
}
