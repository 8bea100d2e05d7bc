/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What is used of QEMU's interface for TCG plugins, version 7, which is in no package of Debian's.
 * QEMU's "QEMU TCG Plugins" (docs/devel/tcg-plugins) is its documentation. QEMU provides all of it
 * when it loads a plugin, and so it does for the few functions of GLib.
 */
#ifndef CACHE_PLUGIN_QEMU_PLUGIN_H
#define CACHE_PLUGIN_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION	7

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_plugin_register;

struct qemu_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

/* GLib's GArray and GByteArray, as far as they are public. */
struct qemu_array {
	uint8_t *data;
	unsigned int len;
};

struct qemu_register {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
	bool is_readonly;
};

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };

typedef void (*qemu_vcpu_cb)(unsigned int cpu, void *data);
typedef void (*qemu_tb_cb)(struct qemu_plugin_tb *tb, void *data);
typedef void (*qemu_mem_cb)(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data);
typedef void (*qemu_discon_cb)(unsigned int cpu, int type, uint64_t from, uint64_t to, void *data);
typedef void (*qemu_exit_cb)(void *data);

/* Soon, when no CPU runs: all callbacks are forgotten, and translated code, and @cb is called. */
void qemu_plugin_reset(qemu_plugin_id_t id, qemu_exit_cb cb, void *data);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_vcpu_cb cb, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_tb_cb cb, void *data);
/* An interrupt or an exception. */
void qemu_plugin_register_vcpu_discon_cb(qemu_plugin_id_t id, int types, qemu_discon_cb cb, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_exit_cb cb, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_vcpu_cb cb,
					    enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_mem_cb cb,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw,
				      void *data);

/* The callback's own; NULL for what has no physical address. */
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t va);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *addr);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *addr);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);

/* Of the calling vCPU; in vcpu_init. The array is the caller's. */
struct qemu_array *qemu_plugin_get_registers(void);
/* Appends.  Return: whether it has. */
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, struct qemu_array *to);
/* Replaces @to; writes all of @from.  Return: 0, or what was wrong. */
int qemu_plugin_read_memory_hwaddr(uint64_t pa, struct qemu_array *to, size_t len);
int qemu_plugin_write_memory_hwaddr(uint64_t pa, struct qemu_array *from);
void qemu_plugin_outs(const char *text);

struct qemu_array *g_byte_array_new(void);
struct qemu_array *g_byte_array_set_size(struct qemu_array *array, unsigned int len);

#endif
