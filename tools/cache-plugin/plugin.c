// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A QEMU plugin that gives an emulated machine caches, as far as a range of its physical memory is
 * concerned: see vgpu-cache-plugin.1.
 *
 * Each access to the range is taken to struct cache, with the mode of the entry that the page tables have
 * for it right after it was made. QEMU calls from the threads of all CPUs.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu.h"
#include "options.h"
#include "report.h"

#define PAGE	4096	/* of the smallest pages there are */
#define RECENT	64
#define AHEAD	16	/* lines */
#define SHOWN	8	/* of what is wrong */
#define DISCON_INTERRUPT_OR_EXCEPTION 3

enum access { LOAD, STORE, NONTEMPORAL_STORE };

/**
 * struct machine - the guest
 * @lock: orders what follows it
 * @bytes: room for what QEMU answers
 * @base: physical address of the range, whose size is that of @dram; 0 until it is known
 * @zeroed: bytes that a DC ZVA stores, a power of two
 * @recent: virtual addresses that were accessed through write-back mappings of the range
 * @shown: accesses that the log has been told of
 * @watching: @base is known, and accesses and instructions are looked at
 */
static struct machine {
	qemu_plugin_id_t id;
	struct options options;
	const struct cpu_type *type;
	struct cpu cpus[CACHE_CPUS];
	pthread_mutex_t lock;
	struct qemu_array *bytes;
	struct dram dram;
	struct cache cache;
	struct report report;
	atomic_ulong base;
	size_t zeroed;
	uint64_t recent[RECENT];
	unsigned int next_recent;
	unsigned int shown;
	atomic_bool watching;
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

/*
 * There was an access, or an instruction, at @va. A CPU might read a line ahead: near one of those not long
 * ago, if there is a cacheable mapping now.
 */
static void speculate(struct machine *m, struct cpu *cpu, uint64_t va, enum cache_mode mode)
{
	struct walk_result entry;
	uint64_t offset;

	if (mode == CACHE_WRITE_BACK)
		m->recent[m->next_recent++ % RECENT] = va;
	va = m->recent[cache_random(&m->cache, RECENT)];
	if (!m->options.fill_one_in || cache_random(&m->cache, m->options.fill_one_in) || !va)
		return;
	va += cache_random(&m->cache, AHEAD) * DRAM_LINE;
	if (!m->type->walk(cpu, va, &entry) && entry.mode == CACHE_WRITE_BACK &&
	    in_range(m, entry.pa, &offset))
		cache_fill(&m->cache, offset);
}

/* Whether the page tables have an entry for an address, of whatever type. */
static bool find_entry(struct machine *m, struct cpu *cpu, uint64_t va, struct walk_result *entry)
{
	int ret = m->type->walk(cpu, va, entry);

	return !ret || ret == -ENOTSUP;
}

/*
 * The mode of an access that was made just now, or CACHE_MODES. Its entry may be gone: another CPU has
 * taken it away since, or is about to flush this one's TLB.
 *
 * @good: set to modes any of which has to be allowed for it, as dram_judge() takes them
 */
static enum cache_mode mode_of(struct machine *m, struct cpu *cpu, uint64_t va, uint64_t pa,
			       uint8_t *good)
{
	struct walk_result entry;
	int ret = m->type->walk(cpu, va, &entry);

	if (ret == -ENOTSUP) {
		m->report.other_mode++;
		*good = 0;
		return CACHE_MODES;
	}
	if (ret || entry.pa != pa) {
		m->report.no_entry++;
		*good = DRAM_ANY;
		return CACHE_MODES;
	}
	*good = DRAM_ALLOWS(entry.mode);
	if (entry.mode == m->type->uncached)
		*good |= DRAM_ALLOWS(CACHE_UNCACHED);
	return entry.mode;
}

/* Whether the device lets the page be accessed so. */
static void judge(struct machine *m, struct cpu *cpu, uint64_t va, uint64_t offset,
		  enum cache_mode mode, uint8_t good)
{
	static const char *const names[CACHE_MODES + 1] = { "write-back", "write-combining", "uncached",
							    "unknown" };
	char line[128];

	if (dram_judge(&m->dram, offset, good) || m->shown++ >= SHOWN)
		return;
	snprintf(line, sizeof(line), "caches: out of mode: CPU %u at %#" PRIx64 ", offset %#" PRIx64
		 ", %s\n", cpu->number, va, offset, names[mode]);
	qemu_plugin_outs(line);
}

/* Of one page.  The lock is held. */
static void access_range(struct machine *m, struct cpu *cpu, uint64_t va, uint64_t pa, size_t size,
			 enum access access)
{
	enum cache_mode mode;
	uint64_t offset;
	uint8_t good;

	if (!in_range(m, pa, &offset))
		return;
	mode = mode_of(m, cpu, va, pa, &good);
	judge(m, cpu, va, offset, mode, good);
	/* Then it was cached if the line is. */
	if (mode == CACHE_MODES)
		mode = cache_has(&m->cache, offset) ? CACHE_WRITE_BACK : CACHE_UNCACHED;
	if (access == NONTEMPORAL_STORE && mode == CACHE_WRITE_BACK)
		cache_store_nontemporal(&m->cache, cpu->number, offset, size);
	else if (access != LOAD)
		cache_store(&m->cache, cpu->number, offset, size, mode);
	else
		cache_load(&m->cache, cpu->number, offset, size, mode);
	speculate(m, cpu, va, mode);
}

/* Many: the lock only where there is something to do. */
static void wait_for_stores(unsigned int cpu, void (*how)(struct cache *cache, unsigned int cpu))
{
	if (!machine.base || !cache_is_waiting(&machine.cache, cpu))
		return;
	pthread_mutex_lock(&machine.lock);
	how(&machine.cache, cpu);
	pthread_mutex_unlock(&machine.lock);
}

/* @data: the kind of the instruction. */
static void on_access(unsigned int number, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, va);
	size_t size = 1UL << qemu_plugin_mem_size_shift(info), first = PAGE - va % PAGE;
	enum instruction_kind kind = (uintptr_t)data;
	enum access access = LOAD;
	struct cpu *cpu = &machine.cpus[number];
	struct walk_result entry;
	uint64_t pa, offset;

	if (!hw)
		return;
	/* Registers of devices, which are uncached. */
	if (qemu_plugin_hwaddr_is_io(hw))
		return wait_for_stores(number, cache_drain);
	pa = qemu_plugin_hwaddr_phys_addr(hw);
	if (first >= size && !in_range(&machine, pa, &offset))
		return;
	if (qemu_plugin_mem_is_store(info))
		access = kind == INSTRUCTION_NONTEMPORAL_STORE ? NONTEMPORAL_STORE : STORE;
	pthread_mutex_lock(&machine.lock);
	access_range(&machine, cpu, va, pa, first < size ? first : size, access);
	/* What is in the next page is somewhere else. */
	if (first < size && find_entry(&machine, cpu, va + first, &entry))
		access_range(&machine, cpu, va + first, entry.pa, size - first, access);
	if (kind == INSTRUCTION_FENCE)
		cache_fence(&machine.cache, number);
	pthread_mutex_unlock(&machine.lock);
}

/* ---- instructions ------------------------------------------------------- */

/*
 * A DC ZVA is about to store zeroes, unless it faults: they are stored now, so that they can be
 * reported.
 */
static void zero_lines(struct machine *m, struct cpu *cpu, uint64_t va, bool user)
{
	static const uint8_t zeroes[DRAM_LINE];
	size_t size = m->zeroed < DRAM_LINE ? m->zeroed : DRAM_LINE;
	struct walk_result entry;
	uint64_t offset;

	va &= ~(m->zeroed - 1);
	for (uint64_t end = va + m->zeroed; va < end; va += size) {
		if (!find_entry(m, cpu, va, &entry) || !in_range(m, entry.pa, &offset) ||
		    !entry.writable || (user && !entry.user))
			continue;
		write_view(m, offset, zeroes, size);
		access_range(m, cpu, va, entry.pa, size, STORE);
	}
}

/* Of one line, or of all. */
static enum cache_operation operation_of(enum instruction_kind kind)
{
	switch (kind) {
	case INSTRUCTION_CLEAN:
	case INSTRUCTION_CLEAN_ALL:
		return CACHE_CLEAN;
	case INSTRUCTION_INVALIDATE:
	case INSTRUCTION_INVALIDATE_ALL:
		return CACHE_INVALIDATE;
	default:
		return CACHE_FLUSH;
	}
}

static void at_address(struct machine *m, struct cpu *cpu, const struct cpu_instruction *insn)
{
	uint64_t va = m->type->address(cpu, insn), offset;
	struct walk_result entry;

	if (insn->kind == INSTRUCTION_ZERO)
		return zero_lines(m, cpu, va, m->type->is_user(insn->next));
	if (!find_entry(m, cpu, va, &entry) || !in_range(m, entry.pa, &offset))
		return;
	if (insn->kind == INSTRUCTION_FLUSH_NOW)
		cache_operate(&m->cache, offset, CACHE_FLUSH);
	else
		cache_operate_later(&m->cache, cpu->number, offset, operation_of(insn->kind));
	speculate(m, cpu, va, entry.mode);
}

static void on_instruction(unsigned int number, void *data)
{
	struct cpu *cpu = &machine.cpus[number];
	const struct cpu_instruction *insn = data;

	if (!machine.base)
		return;
	pthread_mutex_lock(&machine.lock);
	switch (insn->kind) {
	case INSTRUCTION_CLEAN_ALL:
	case INSTRUCTION_FLUSH_ALL:
	case INSTRUCTION_INVALIDATE_ALL:
		cache_operate_all(&machine.cache, number, operation_of(insn->kind));
		break;
	default:
		at_address(&machine, cpu, insn);
	}
	pthread_mutex_unlock(&machine.lock);
}

static void on_fence(unsigned int cpu, void *data)
{
	(void)data;
	wait_for_stores(cpu, cache_fence);
}

/* QEMU may hold its own lock here. Ours is held for accesses to RAM only, which do not take QEMU's. */
static void on_discontinuity(unsigned int cpu, int type, uint64_t from, uint64_t to, void *data)
{
	(void)type;
	(void)from;
	(void)to;
	(void)data;
	wait_for_stores(cpu, cache_drain);
}

static void watch(void *data);

/* The guest says where the range is: see vgpu-cache-range. */
static void on_request(unsigned int number, void *data)
{
	struct cpu *cpu = &machine.cpus[number];
	uint64_t base = machine.type->argument(cpu, 0), size = machine.type->argument(cpu, 1);

	(void)data;
	pthread_mutex_lock(&machine.lock);
	if (size != machine.dram.size || base % DRAM_LINE)
		qemu_plugin_outs("caches: the guest's range is of another size than the memory\n");
	else if (machine.base && machine.base != base)
		qemu_plugin_outs("caches: the guest's range is another one than before\n");
	else
		machine.base = base;
	/* DCZID_EL0.BS: log2 of words. */
	machine.zeroed = 4UL << (machine.type->argument(cpu, 2) & 0xf);
	if (machine.base && !machine.watching) {
		machine.watching = true;
		qemu_plugin_reset(machine.id, watch, NULL);
	}
	pthread_mutex_unlock(&machine.lock);
}

static void translate_instruction(struct qemu_plugin_insn *i, bool user)
{
	struct cpu_instruction insn, *kept;
	uint8_t bytes[16];
	size_t len = qemu_plugin_insn_data(i, bytes, sizeof(bytes));

	if (len == machine.type->request_size && !memcmp(bytes, machine.type->request, len))
		qemu_plugin_register_vcpu_insn_exec_cb(i, on_request, QEMU_PLUGIN_CB_R_REGS, NULL);
	if (!machine.watching)
		return;
	machine.type->decode(bytes, len, &insn);
	switch (insn.kind) {
	case INSTRUCTION_OTHER:
	case INSTRUCTION_CLEAN_UNIFICATION:
	case INSTRUCTION_NONTEMPORAL_STORE:
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
	if (user || machine.options.kernel)
		qemu_plugin_register_vcpu_mem_cb(i, on_access, QEMU_PLUGIN_CB_R_REGS,
						 QEMU_PLUGIN_MEM_RW, (void *)(uintptr_t)insn.kind);
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
	machine.cpus[number].mtrr_uncachable = machine.options.mtrr_uncachable;
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

/* Before it is known where the range is, the guest runs at its usual speed. */
static void watch(void *data)
{
	(void)data;
	qemu_plugin_register_vcpu_init_cb(machine.id, on_cpu, NULL);
	qemu_plugin_register_vcpu_tb_trans_cb(machine.id, on_translation, NULL);
	qemu_plugin_register_atexit_cb(machine.id, on_exit_of_qemu, NULL);
	if (machine.watching)
		qemu_plugin_register_vcpu_discon_cb(machine.id, DISCON_INTERRUPT_OR_EXCEPTION,
						    on_discontinuity, NULL);
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

	if (machine.options.help) {
		fputs(options_help, stderr);
		return -1;
	}
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
	machine.report.dram = &machine.dram;
	machine.bytes = g_byte_array_new();
	machine.id = id;
	machine.watching = machine.base;
	watch(NULL);
	return 0;
}
