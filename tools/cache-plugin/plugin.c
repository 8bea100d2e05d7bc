// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A QEMU plugin that gives an emulated machine caches, as far as a range of its physical memory is
 * concerned: see vgpu-cache-plugin.1.
 *
 * Each access to the range is taken to struct cache, with the mode of the very entry of the page
 * tables that it was made by. QEMU calls from the threads of all CPUs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu.h"
#include "options.h"
#include "report.h"

#define RECENT	64
#define DISCON_INTERRUPT_OR_EXCEPTION 3

/**
 * struct machine - the guest
 * @lock: orders what follows it
 * @bytes: room for what QEMU answers
 * @base: physical address of the range, whose size is that of @dram; 0 until it is known
 * @zeroed: bytes that a DC ZVA stores, a power of two
 * @recent: virtual addresses of the range that were mapped write-back lately
 */
static struct machine {
	struct options options;
	const struct cpu_type *type;
	struct cpu cpus[CACHE_CPUS];
	pthread_mutex_t lock;
	struct qemu_array *bytes;
	struct dram dram;
	struct cache cache;
	struct report report;
	uint64_t base;
	size_t zeroed;
	uint64_t recent[RECENT];
	unsigned int next_recent;
	uint64_t accesses;
} machine = { .lock = PTHREAD_MUTEX_INITIALIZER, .zeroed = 64 };

/* ---- the machine's own memory, which is what its CPUs see --------------- */

static void read_view(void *owner, uint64_t offset, uint8_t *to, size_t len)
{
	struct machine *m = owner;

	if (qemu_plugin_read_memory_hwaddr(m->base + offset, m->bytes, len))
		memset(to, 0, len);
	else
		memcpy(to, m->bytes->data, len);
}

static void write_view(void *owner, uint64_t offset, const uint8_t *from, size_t len)
{
	struct machine *m = owner;

	g_byte_array_set_size(m->bytes, len);
	memcpy(m->bytes->data, from, len);
	qemu_plugin_write_memory_hwaddr(m->base + offset, m->bytes);
}

/* ---- accesses ----------------------------------------------------------- */

static bool in_range(const struct machine *m, uint64_t pa, uint64_t *offset)
{
	*offset = pa - m->base;
	return m->base && pa >= m->base && *offset < m->dram.size;
}

/* A line that a CPU might read ahead: of a page that it has a cacheable mapping of. */
static void speculate(struct machine *m, struct cpu *cpu)
{
	uint64_t va = m->recent[m->accesses % RECENT], offset;
	struct walk_result entry;

	if (!va || m->type->walk(cpu, va, &entry) || entry.mode != CACHE_WRITE_BACK ||
	    !in_range(m, entry.pa, &offset))
		return;
	cache_fill(&m->cache, offset);
}

static void remember(struct machine *m, uint64_t va)
{
	/* The line after it, which is what CPUs like to read ahead. */
	m->recent[m->next_recent++ % RECENT] = va + DRAM_LINE;
}

/* The lock is held. */
static void access_range(struct machine *m, struct cpu *cpu, uint64_t va, uint64_t pa,
			 qemu_plugin_meminfo_t info, bool nontemporal)
{
	size_t size = 1UL << qemu_plugin_mem_size_shift(info);
	struct qemu_plugin_mem_value value;
	struct walk_result entry;
	uint64_t offset;
	int ret;

	if (!in_range(m, pa, &offset))
		return;
	if (size > m->dram.size - offset)
		size = m->dram.size - offset;
	ret = m->type->walk(cpu, va, &entry);
	if (ret == -ENOTSUP || (!ret && entry.mode == CACHE_MODES))
		m->report.other_mode++;
	else if (ret || entry.pa != pa)
		m->report.no_entry++;
	/* It was made all the same: by which entry is not known. */
	if (ret || entry.pa != pa)
		entry.mode = CACHE_UNCACHED;
	if (!qemu_plugin_mem_is_store(info)) {
		cache_load(&m->cache, cpu->number, offset, size, entry.mode);
	} else {
		value = qemu_plugin_mem_get_value(info);
		/* Around the caches, which give up what they have of it. */
		if (nontemporal && entry.mode == CACHE_WRITE_BACK) {
			cache_flush(&m->cache, offset);
			entry.mode = CACHE_WRITE_COMBINING;
		}
		cache_store(&m->cache, cpu->number, offset, (const uint8_t *)value.data, size,
			    entry.mode);
	}
	if (entry.mode == CACHE_WRITE_BACK)
		remember(m, va);
	if (m->options.fill_one_in && !(++m->accesses % m->options.fill_one_in))
		speculate(m, cpu);
}

static void on_access(unsigned int number, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, va);
	struct cpu *cpu = &machine.cpus[number % CACHE_CPUS];
	uint64_t pa, offset;

	if (!hw || qemu_plugin_hwaddr_is_io(hw))
		return;
	pa = qemu_plugin_hwaddr_phys_addr(hw);
	if (!in_range(&machine, pa, &offset))
		return;
	pthread_mutex_lock(&machine.lock);
	access_range(&machine, cpu, va, pa, info, data);
	pthread_mutex_unlock(&machine.lock);
}

/* ---- instructions ------------------------------------------------------- */

/* All that a DC ZVA stores, before it does. */
static void zero_lines(struct machine *m, struct cpu *cpu, uint64_t va)
{
	static const uint8_t zeroes[DRAM_LINE];
	struct walk_result entry;
	uint64_t offset;

	va &= ~(m->zeroed - 1);
	for (uint64_t end = va + m->zeroed; va < end; va += DRAM_LINE)
		if (!m->type->walk(cpu, va, &entry) && in_range(m, entry.pa, &offset))
			cache_store(&m->cache, cpu->number, offset, zeroes,
				    m->zeroed < DRAM_LINE ? m->zeroed : DRAM_LINE, entry.mode);
}

static void at_address(struct machine *m, struct cpu *cpu, const struct cpu_instruction *insn)
{
	uint64_t va = m->type->address(cpu, insn), offset;
	struct walk_result entry;

	if (insn->kind == INSTRUCTION_ZERO)
		return zero_lines(m, cpu, va);
	if (m->type->walk(cpu, va, &entry) || !in_range(m, entry.pa, &offset))
		return;
	if (insn->kind == INSTRUCTION_CLEAN)
		cache_clean(&m->cache, offset);
	else if (insn->kind == INSTRUCTION_FLUSH)
		cache_flush(&m->cache, offset);
	else if (insn->kind == INSTRUCTION_INVALIDATE)
		cache_invalidate(&m->cache, offset);
}

static void on_instruction(unsigned int number, void *data)
{
	struct cpu *cpu = &machine.cpus[number % CACHE_CPUS];
	const struct cpu_instruction *insn = data;

	if (!machine.base)
		return;
	pthread_mutex_lock(&machine.lock);
	switch (insn->kind) {
	case INSTRUCTION_CLEAN_ALL:
		cache_fence(&machine.cache, number);
		cache_clean_all(&machine.cache);
		break;
	case INSTRUCTION_FLUSH_ALL:
		cache_fence(&machine.cache, number);
		cache_flush_all(&machine.cache);
		break;
	case INSTRUCTION_INVALIDATE_ALL:
		cache_fence(&machine.cache, number);
		cache_invalidate_all(&machine.cache);
		break;
	default:
		at_address(&machine, cpu, insn);
	}
	pthread_mutex_unlock(&machine.lock);
}

/* Many: the lock only where there is something to do. */
static void drain_buffers(unsigned int cpu)
{
	if (!machine.base || !cache_has_buffered(&machine.cache, cpu))
		return;
	pthread_mutex_lock(&machine.lock);
	cache_fence(&machine.cache, cpu);
	pthread_mutex_unlock(&machine.lock);
}

static void on_fence(unsigned int cpu, void *data)
{
	(void)data;
	drain_buffers(cpu);
}

static void on_discontinuity(unsigned int cpu, int type, uint64_t from, uint64_t to, void *data)
{
	(void)type;
	(void)from;
	(void)to;
	(void)data;
	drain_buffers(cpu);
}

/* The guest says where the range is: see vgpu-cache-range. */
static void on_request(unsigned int number, void *data)
{
	struct cpu *cpu = &machine.cpus[number % CACHE_CPUS];
	uint64_t base = machine.type->argument(cpu, 0), size = machine.type->argument(cpu, 1);

	(void)data;
	pthread_mutex_lock(&machine.lock);
	if (size != machine.dram.size || base % DRAM_LINE)
		qemu_plugin_outs("caches: the guest's range is of another size than the memory\n");
	else
		machine.base = base;
	/* DCZID_EL0.BS: log2 of words. */
	machine.zeroed = 4UL << (machine.type->argument(cpu, 2) & 0xf);
	pthread_mutex_unlock(&machine.lock);
}

static void translate_instruction(struct qemu_plugin_insn *i, bool user)
{
	bool nontemporal = false;
	struct cpu_instruction insn, *kept;
	uint8_t bytes[16];
	size_t len = qemu_plugin_insn_data(i, bytes, sizeof(bytes));

	machine.type->decode(bytes, len, &insn);
	switch (insn.kind) {
	case INSTRUCTION_OTHER:
	case INSTRUCTION_CLEAN_UNIFICATION:
		break;
	case INSTRUCTION_NONTEMPORAL_STORE:
		nontemporal = true;
		break;
	case INSTRUCTION_FENCE:
		qemu_plugin_register_vcpu_insn_exec_cb(i, on_fence, QEMU_PLUGIN_CB_NO_REGS, NULL);
		break;
	default:
		/* QEMU does not say when code is forgotten; there is little of this. */
		kept = malloc(sizeof(*kept));
		if (!kept)
			abort();
		*kept = insn;
		kept->next = qemu_plugin_insn_vaddr(i) + qemu_plugin_insn_size(i);
		qemu_plugin_register_vcpu_insn_exec_cb(i, on_instruction, QEMU_PLUGIN_CB_R_REGS, kept);
	}
	if (machine.type->is_request(bytes, len))
		qemu_plugin_register_vcpu_insn_exec_cb(i, on_request, QEMU_PLUGIN_CB_R_REGS, NULL);
	if (user || machine.options.kernel)
		qemu_plugin_register_vcpu_mem_cb(i, on_access, QEMU_PLUGIN_CB_R_REGS,
						 QEMU_PLUGIN_MEM_RW, nontemporal ? &machine : NULL);
}

static void on_translation(struct qemu_plugin_tb *tb, void *data)
{
	bool user = machine.type->is_user(qemu_plugin_tb_vaddr(tb));

	(void)data;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		translate_instruction(qemu_plugin_tb_get_insn(tb, i), user);
}

/* ---- life ------------------------------------------------------------- */

static void on_cpu(unsigned int number, void *data)
{
	const char *missing;

	(void)data;
	if (number >= CACHE_CPUS) {
		fprintf(stderr, "caches: no more than %d CPUs\n", CACHE_CPUS);
		exit(1);
	}
	missing = cpu_init(&machine.cpus[number], number, machine.type);
	if (missing) {
		fprintf(stderr, "caches: QEMU shows no register %s\n", missing);
		exit(1);
	}
}

static void on_exit_of_qemu(void *data)
{
	int ret;

	(void)data;
	report_print(&machine.report);
	ret = machine.options.report ? report_write(&machine.report, machine.options.report) : 0;
	if (ret)
		fprintf(stderr, "caches: %s: %s\n", machine.options.report, strerror(-ret));
}

/* QEMU looks for these two by name. */
__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
							       const struct qemu_info *info,
							       int argc, char **argv);

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	const struct cache_view view = { .read = read_view, .write = write_view, .owner = &machine };
	const char *why = options_parse(&machine.options, argc, argv);
	int ret;

	if (!strcmp(info->target_name, cpu_x86.target))
		machine.type = &cpu_x86;
	else if (!strcmp(info->target_name, cpu_arm64.target))
		machine.type = &cpu_arm64;
	if (!why && (!info->system_emulation || !machine.type))
		why = "for machines of x86_64 and aarch64 only";
	if (why) {
		fprintf(stderr, "caches: %s\n", why);
		return -1;
	}
	ret = dram_open(&machine.dram, machine.options.memory, machine.options.size);
	if (!ret)
		ret = cache_init(&machine.cache, &machine.dram, &view, machine.options.capacity,
				 machine.options.seed);
	if (ret) {
		fprintf(stderr, "caches: %s: %s\n", machine.options.memory, strerror(-ret));
		return -1;
	}
	machine.cache.evict_one_in = machine.options.evict_one_in;
	machine.base = machine.options.base;
	machine.report.counts = &machine.cache.counts;
	machine.bytes = g_byte_array_new();
	qemu_plugin_register_vcpu_init_cb(id, on_cpu, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation, NULL);
	qemu_plugin_register_vcpu_discon_cb(id, DISCON_INTERRUPT_OR_EXCEPTION, on_discontinuity, NULL);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
