/*
 * The plugin of QEMU: instruments the guest's code while its program asks for it, and tells the
 * other files what it executes.
 *
 *     -plugin profiler.so,out=PREFIX      writes PREFIX1, PREFIX2, ... one for each mark WRITE
 */
#include <stdlib.h>
#include <string.h>
#include "decode.h"
#include "plugin-api.h"
#include "profiler.h"

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = API;

static plugin_id self;
static uint64_t switch_at; /* __switch_to_asm */

#if API == 1
static uint64_t words_of_all[WORDS];
#else
static struct qemu_plugin_scoreboard *board;
#endif

static void start_over(void);

/* ---- while a window counts ---- */

static void on_block(unsigned processor, void *block)
{
	(void)processor;
	if (words[COUNTING])
		record_block((uintptr_t)block);
}

struct site {
	uint64_t address, next;
};

#if API == 1
static void on_call(unsigned processor, void *data)
{
	(void)processor;
	struct site *site = data;
	if (words[COUNTING])
		saw_call(site->address, site->next, 0);
}
#else
static void on_call(unsigned processor, uint32_t info, uint64_t sp, void *data)
{
	(void)processor, (void)info;
	struct site *site = data;
	if (words[COUNTING])
		saw_call(site->address, site->next, sp);
}

static void on_return(unsigned processor, uint32_t info, uint64_t sp, void *data)
{
	(void)processor, (void)info, (void)data;
	if (words[COUNTING])
		saw_return(sp);
}
#endif

static void on_crossing(unsigned processor, void *kind)
{
	(void)processor;
	if (words[COUNTING])
		saw_crossing((enum kind)(uintptr_t)kind);
}

static void on_switch_from(unsigned processor, uint32_t info, uint64_t task, void *data)
{
	(void)processor, (void)info, (void)data;
	if (words[COUNTING])
		saw_switch_from(task);
}

static void on_switch_to(unsigned processor, uint32_t info, uint64_t task, void *data)
{
	(void)processor, (void)info, (void)data;
	if (words[COUNTING])
		saw_switch_to(task);
}

/* ---- marks and clocks ---- */

static void on_clock(unsigned processor, void *block)
{
	(void)processor;
	record_clock((uintptr_t)block);
}

static void on_begin(unsigned processor, void *data)
{
	(void)processor, (void)data;
	record_begin();
}

static void on_end(unsigned processor, void *data)
{
	(void)processor, (void)data;
	record_end();
}

static void on_arm(unsigned processor, void *data)
{
	(void)data;
#if API == 1
	(void)processor;
#else
	words = qemu_plugin_scoreboard_find(board, processor);
#endif
	if (record_arm())
		start_over();
}

static void on_write(unsigned processor, void *data)
{
	(void)processor, (void)data;
	if (!record_write())
		return;
	start_over();
}

static void follow_mark(struct qemu_plugin_insn *insn, const uint8_t *bytes)
{
	uint64_t address = kernel_address_of(bytes);
	static uint64_t entry_start;
	execute_call *call = NULL;
	switch (mark_of(bytes)) {
	case BEGIN: call = on_begin; break;
	case END: call = on_end; break;
	case ARM: call = on_arm; break;
	case WRITE: call = on_write; break;
	case ENTRY_START: entry_start = address; break;
	case ENTRY_END: stacks_know(entry_start, address); break;
	case SWITCH: switch_at = address; break;
	}
	if (call)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, call, NO_REGISTERS, NULL);
}

/* ---- translation ---- */

static unsigned read_bytes(const struct qemu_plugin_insn *insn, uint8_t *bytes)
{
	unsigned size = qemu_plugin_insn_size(insn);
	unsigned known = size < INSTRUCTION_BYTES_MAX ? size : INSTRUCTION_BYTES_MAX;
	memset(bytes, 0, INSTRUCTION_BYTES_MAX);
#if API == 1
	memcpy(bytes, qemu_plugin_insn_data(insn), known);
#else
	qemu_plugin_insn_data(insn, bytes, known);
#endif
	return size;
}

/*
 * QEMU 7.2 keeps what is to be told of the memory that a call or a return touches beyond the block
 * that it ends. It tells of few returns so, and after it has forgotten its translations it ends
 * ("code should not be reached", gitlab.com/qemu-project/qemu, issue 1381). There both are known by
 * their execution alone, without a stack pointer.
 */
static void follow_call(struct qemu_plugin_insn *insn, unsigned size)
{
	struct site *site = malloc(sizeof *site); /* for as long as QEMU keeps the translation */
	if (!site)
		return;
	site->address = qemu_plugin_insn_vaddr(insn);
	site->next = site->address + size;
#if API == 1
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, NO_REGISTERS, site);
#else
	qemu_plugin_register_vcpu_mem_cb(insn, on_call, NO_REGISTERS, MEMORY_WRITE, site);
#endif
}

static void follow_crossing(struct qemu_plugin_insn *insn, enum kind kind)
{
	void *data = (void *)(uintptr_t)kind;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_crossing, NO_REGISTERS, data);
}

static void follow_return(struct qemu_plugin_insn *insn)
{
#if API == 1
	follow_crossing(insn, RETURN);
#else
	qemu_plugin_register_vcpu_mem_cb(insn, on_return, NO_REGISTERS, MEMORY_READ, NULL);
#endif
}

enum { SWITCH_BYTES = 64 };
static bool is_of_switch(const struct qemu_plugin_insn *insn)
{
	uint64_t at = qemu_plugin_insn_vaddr(insn);
	return at >= switch_at && at < switch_at + SWITCH_BYTES;
}

/* A look at the clock in user space is the vDSO's: the program's own. */
static void follow_clock(struct qemu_plugin_insn *insn, uint64_t block)
{
	bool of_user = block >> 47 == 0;
	if (of_user)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_clock, NO_REGISTERS,
						       (void *)(uintptr_t)block);
}

static void follow(struct qemu_plugin_insn *insn, const uint8_t *bytes, unsigned size, uint64_t block)
{
	switch (decode(bytes, size)) {
	case CALLS: follow_call(insn, size); break;
	case RETURNS: follow_return(insn); break;
	case ENTERS_KERNEL: follow_crossing(insn, SYSTEM_CALL); break;
	case LEAVES_KERNEL: follow_crossing(insn, SYSTEM_RETURN); break;
	case ENDS_INTERRUPT: follow_crossing(insn, INTERRUPT_RETURN); break;
	case READS_CLOCK: follow_clock(insn, block); break;
	case SAVES_STACK:
		if (is_of_switch(insn))
			qemu_plugin_register_vcpu_mem_cb(insn, on_switch_from, NO_REGISTERS,
							 MEMORY_WRITE, NULL);
		break;
	case LOADS_STACK:
		if (is_of_switch(insn))
			qemu_plugin_register_vcpu_mem_cb(insn, on_switch_to, NO_REGISTERS,
							 MEMORY_READ, NULL);
		break;
	case ANY: break;
	}
}

/* One is added for each instruction; QEMU reports blocks while a window counts. */
static void count_instruction(struct qemu_plugin_insn *insn)
{
#if API == 1
	qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD, &words[EXECUTED], 1);
#else
	struct plugin_u64 executed = { board, EXECUTED * sizeof *words };
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, INLINE_ADD, executed, 1);
#endif
}

static void tell_block(struct qemu_plugin_tb *tb, uint64_t address)
{
	void *block = (void *)(uintptr_t)address;
#if API == 1
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, NO_REGISTERS, block);
#else
	struct plugin_u64 counting = { board, COUNTING * sizeof *words };
	qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, on_block, NO_REGISTERS, CONDITION_NOT_EQUAL,
						  counting, 0, block);
#endif
}

static void instrument(struct qemu_plugin_tb *tb)
{
	uint8_t bytes[INSTRUCTION_BYTES_MAX];
	uint64_t block = qemu_plugin_tb_vaddr(tb);
	if (is_armed())
		tell_block(tb, block);
	for (size_t i = 0, n = qemu_plugin_tb_n_insns(tb); i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		if (!is_armed() && qemu_plugin_insn_size(insn) != MARK_BYTES)
			continue;
		unsigned size = read_bytes(insn, bytes);
		if (is_armed())
			count_instruction(insn);
		if (is_mark(bytes, size))
			follow_mark(insn, bytes);
		else if (is_armed())
			follow(insn, bytes, size, block);
	}
}

#if API < 7
static void translate(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	instrument(tb);
}

static void watch(plugin_id id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
}

static void start_over(void)
{
	qemu_plugin_reset(self, watch);
}
#else
static void translate(struct qemu_plugin_tb *tb, void *data)
{
	(void)data;
	instrument(tb);
}

static void watch_again(void *data)
{
	(void)data;
	qemu_plugin_register_vcpu_tb_trans_cb(self, translate, NULL);
}

static void watch(plugin_id id)
{
	(void)id;
	watch_again(NULL);
}

static void start_over(void)
{
	qemu_plugin_reset(self, watch_again, NULL);
}
#endif

EXPORTED int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			record_to(strdup(argv[i] + 4));
	if (!info->system || info->processors != 1) {
		fprintf(stderr, "iopath profiler: a guest with one processor, please\n");
		return 1;
	}
	self = id;
#if API == 1
	words = words_of_all;
#else
	board = qemu_plugin_scoreboard_new(WORDS * sizeof *words);
#endif
	windows_clear();
	watch(id);
	return 0;
}
