// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map tracepoints
 * Description: The tracepoints show every step of a declaration, in the order that matters
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: tracing
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE PAGES(16)
#define TRACING "/sys/kernel/tracing/"

/**
 * SUBTEST: change-%s
 * Description: received, revoked, cleaned if it was cached, acknowledged, and only then applied
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_change(struct virtgpu *gpu, unsigned int from)
{
	unsigned int to = from == WC ? UNCACHED : WC;
	struct virtgpu_blob blob;
	char names[512];

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(from, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_trace_start();
	virtgpu_host_change_acked(&blob, to, 0);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_trace_stop(&blob, names, sizeof(names));
	igt_assert_f(!strcmp(names, from == CACHED ?
			     "received revoked cleaned acknowledge acknowledged applied " :
			     "received revoked acknowledge acknowledged applied "),
		     "%s\n", names);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: refused-declaration
 * Description: a malformed declaration
 */
static void test_refused(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	char names[512];

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(WC, 0));
	virtgpu_blob_map(&blob);
	igt_assert_eq(virtgpu_touch(blob.va, true), 0);
	virtgpu_trace_start();
	virtgpu_host_change_acked(&blob, CACHE_UNKNOWN, 0);
	virtgpu_trace_stop(&blob, names, sizeof(names));
	igt_assert_f(!strncmp(names, "refused revoked acknowledge ", 28), "%s\n", names);
	igt_assert(!strstr(names, "applied"));
	virtgpu_blob_destroy(&blob);
}

/*
 * Kernel functions, as kprobes see them, and what must be called in this order. The driver
 * has no say in it.
 *
 * On riscv64 it is the function tracer that sees them, and no arguments: 6.12 calls kprobes as
 * it does NMIs, in which it records nothing.  And what cleans caches there is the driver's own.
 */
#ifdef __riscv
#define DRIVER ""
#else
#define DRIVER "virtio_gpu:"
#endif

struct probe {
	const char *name;
	const char *function;
	bool sized;	/* its arguments are an address and a size */
};

/* Nothing may map the memory cacheable any more when caches are cleaned. */
static const struct probe change_probes[] = {
	{ "zap", "unmap_mapping_range", false },
#ifndef __riscv
	{ "unmap", "iounmap", false },
	{ "flush_tlb", "vm_unmap_aliases", false },
#endif
#if defined(__riscv)
	{ "clean", "alias_clean_range", false },
#elif defined(__aarch64__)
	{ "clean", "arch_wb_cache_pmem", true },
	{ "invalidate", "arch_invalidate_pmem", true },
#else
	{ "clean", "clflush_cache_range", true },
#endif
	{ "acknowledge", DRIVER "virtio_gpu_vram_cmd_ack", false },
	{ }
};

static const struct probe drain_probes[] = {
	{ "zap", "unmap_mapping_range", false },
	{ "drain", "kick_all_cpus_sync", false },
	{ "acknowledge", DRIVER "virtio_gpu_vram_cmd_ack", false },
	{ }
};

static const struct probe end_probes[] = {
	{ "unmap", "iounmap", false },
	{ "flush_tlb", "vm_unmap_aliases", false },
	{ "tell", DRIVER "virtio_gpu_cmd_unmap", false },
	{ }
};

#define KPROBES "events/virtgpu_map_tracepoints/"

#ifdef __riscv
static void probes_start(const struct probe *probes)
{
	FILE *f = fopen(TRACING "set_ftrace_filter", "w");

	igt_require_f(f, "this kernel has no function tracer\n");
	for (const struct probe *p = probes; p->name; p++)
		fprintf(f, "%s\n", p->function);
	igt_assert_eq(fclose(f), 0);
	virtgpu_write_file(TRACING "trace", "");
	virtgpu_write_file(TRACING "current_tracer", "function");
}

static void probes_end(void)
{
	virtgpu_write_file(TRACING "tracing_on", "0");
}

static void probes_remove(void)
{
	virtgpu_write_file(TRACING "current_tracer", "nop");
	fclose(fopen(TRACING "set_ftrace_filter", "w"));
	virtgpu_write_file(TRACING "tracing_on", "1");
}

static void probe_event(const struct probe *p, char *event, size_t len)
{
	snprintf(event, len, ": %s <-", p->function);
}
#else
static void probes_start(const struct probe *probes)
{
	FILE *f = fopen(TRACING "kprobe_events", "w");

	igt_require_f(f, "this kernel has no kprobe events\n");
	for (const struct probe *p = probes; p->name; p++)
		fprintf(f, "p:virtgpu_map_tracepoints/%s %s%s\n", p->name, p->function,
			p->sized ? " addr=$arg1 size=$arg2:u64" : "");
	igt_assert_eq(fclose(f), 0);
	virtgpu_write_file(TRACING "trace", "");
	virtgpu_write_file(TRACING KPROBES "enable", "1");
}

static void probes_end(void)
{
	virtgpu_write_file(TRACING KPROBES "enable", "0");
}

static void probes_remove(void)
{
	virtgpu_write_file(TRACING "kprobe_events", "");
}

static void probe_event(const struct probe *p, char *event, size_t len)
{
	snprintf(event, len, ": %s: ", p->name);
}
#endif

/* Whether the calls of @probes are in the trace, in order, those with a size for every byte. */
static void probes_stop(const struct probe *p)
{
	unsigned long long addr, size, next = 0, first = 0;
	char line[512];
	FILE *f;

	probes_end();
	f = fopen(TRACING "trace", "r");
	igt_assert(f);
	while (p->name && fgets(line, sizeof(line), f)) {
		char event[64], *args;

		probe_event(p, event, sizeof(event));
		args = strstr(line, event);
		if (!args)
			continue;
		if (p->sized) {
			args = strstr(args, "addr=");
			igt_assert(args && sscanf(args, "addr=%llx size=%llu", &addr, &size) == 2);
			if (!first)
				first = addr;
			igt_assert(addr == (next ?: first));
			next = addr + size;
			if (next - first < SIZE)
				continue;
			igt_assert_eq(next - first, SIZE);
			next = 0;
		}
		p++;
	}
	fclose(f);
	probes_remove();
	igt_assert_f(!p->name, "no %s after what comes before it\n", p->name);
}

/* But on x86 it is for debuggers only that the kernel has a mapping of its own, if at all. */
static void setup_with_alias(struct virtgpu *gpu, struct virtgpu_blob *blob)
{
	uint64_t word;
	int mem;

	virtgpu_blob_setup(gpu, blob, SIZE, CACHED);
	if (!virtgpu_debuggers_expected())
		return;
	mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	igt_assert(mem >= 0);
	igt_assert_eq(pread(mem, &word, sizeof(word), (uintptr_t)blob->va), sizeof(word));
	close(mem);
}

/**
 * SUBTEST: cache-maintenance
 * Description: a change away from cached takes the PTEs away, then the kernel's own mapping and
 *	what is left of it in TLBs, then writes back and invalidates every byte through one
 *	alias, and then acknowledges; seen by kprobes, or on riscv64 by the function tracer,
 *	which cannot tell the number of bytes
 */
static void test_cache_maintenance(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	setup_with_alias(gpu, &blob);
	probes_start(change_probes);
	virtgpu_host_change_acked(&blob, WC, 0);
	probes_stop(change_probes);
	virtgpu_blob_assert_good(&blob, WC);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: write-combining
 * Description: a change away from write-combining takes the PTEs away, then empties the buffers of
 *	all CPUs, and then acknowledges
 */
static void test_write_combining(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, WC);
	probes_start(drain_probes);
	virtgpu_host_change_acked(&blob, CACHED, 0);
	probes_stop(drain_probes);
	virtgpu_blob_assert_good(&blob, CACHED);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: no-alias-left
 * Description: when a cached blob ends, its kernel mapping (alias) is out of all TLBs before the
 *	host is told
 */
static void test_no_alias_left(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;

	igt_require_f(virtgpu_debuggers_expected(), "here the kernel has no mapping of its own\n");
	setup_with_alias(gpu, &blob);
	probes_start(end_probes);
	virtgpu_blob_destroy(&blob);
	virtgpu_settle(gpu);
	probes_stop(end_probes);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "full");

	for (unsigned int from = CACHED; from <= WC; from++) {
		igt_describe("A change is traced step by step, and the acknowledgment comes after "
			     "the revocation.");
		igt_subtest_f("change-%s", virtgpu_cache_name(from))
			test_change(&gpu, from);
	}

	igt_describe("Caches are cleaned after the last cached mapping is gone and before the "
		     "acknowledgment.");
	igt_subtest("cache-maintenance")
		test_cache_maintenance(&gpu);

	igt_describe("Write-combining buffers are drained before the acknowledgment.");
	igt_subtest("write-combining")
		test_write_combining(&gpu);

	igt_describe("No TLB has a translation of a blob when the host hears that it is unmapped.");
	igt_subtest("no-alias-left")
		test_no_alias_left(&gpu);

	igt_describe("A malformed declaration is traced as refused, and is never applied.");
	igt_subtest("refused-declaration")
		test_refused(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
