/*
 * What the profiler uses of QEMU's plugin API for TCG, declared anew from its documentation
 * (docs/devel/tcg-plugins.rst). API is the version that a QEMU has: 1 in QEMU 7.2, 4 in QEMU 10, 7
 * in QEMU 11. A QEMU takes some versions and refuses others.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

struct plugin_info {
	const char *target;
	struct { int min, current; } version;
	bool system;
	struct { int processors, processors_max; };
};

enum { NO_REGISTERS = 0 };
enum { MEMORY_READ = 1, MEMORY_WRITE = 2 };
enum { INLINE_ADD = 0 };
enum { CONDITION_NOT_EQUAL = 3 };

#if API < 7
typedef void simple_call(plugin_id);
typedef void translate_call(plugin_id, struct qemu_plugin_tb *);
void qemu_plugin_reset(plugin_id, simple_call *);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translate_call *);
#else
typedef void simple_call(void *data);
typedef void translate_call(struct qemu_plugin_tb *, void *data);
void qemu_plugin_reset(plugin_id, simple_call *, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translate_call *, void *data);
#endif
typedef void execute_call(unsigned processor, void *data);
typedef void memory_call(unsigned processor, uint32_t info, uint64_t address, void *data);

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, execute_call *, int, void *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, execute_call *, int, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, memory_call *, int, int, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

#if API == 1
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);
#else
struct plugin_u64 {
	struct qemu_plugin_scoreboard *board;
	size_t offset;
};
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t);
void *qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *, unsigned);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
	struct qemu_plugin_insn *, int, struct plugin_u64, uint64_t);
void qemu_plugin_register_vcpu_tb_exec_cond_cb(
	struct qemu_plugin_tb *, execute_call *, int, int condition, struct plugin_u64, uint64_t, void *);
#endif
