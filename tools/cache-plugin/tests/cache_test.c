// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The rules of Documentation/caches.md as small programs: CPUs and a device that does not snoop, and
 * what each of them finds in the end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "../cache.h"

#define SIZE	65536
#define WB	CACHE_WRITE_BACK
#define WC	CACHE_WRITE_COMBINING
#define UC	CACHE_UNCACHED

struct machine {
	char path[64];
	struct dram dram;
	uint8_t seen[SIZE];
	struct cache cache;
};

static void read_view(void *owner, uint64_t offset, uint8_t *to, size_t len)
{
	memcpy(to, (uint8_t *)owner + offset, len);
}

static void write_view(void *owner, uint64_t offset, const uint8_t *from, size_t len)
{
	memcpy((uint8_t *)owner + offset, from, len);
}

static int setup_with(void **state, uint32_t capacity, uint64_t seed)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct cache_view view = { .read = read_view, .write = write_view, .owner = m->seen };

	snprintf(m->path, sizeof(m->path), "/tmp/cache_test.%d", getpid());
	unlink(m->path);
	assert_int_equal(dram_open(&m->dram, m->path, SIZE), 0);
	assert_int_equal(cache_init(&m->cache, &m->dram, &view, capacity, seed), 0);
	*state = m;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, 64, 1);
}

static int teardown(void **state)
{
	struct machine *m = *state;

	cache_fini(&m->cache);
	dram_close(&m->dram);
	unlink(m->path);
	free(m);
	return 0;
}

/* A CPU's access is made in what it sees, and reported afterwards. */
static void store(struct machine *m, unsigned int cpu, uint64_t offset, uint8_t value,
		  enum cache_mode mode)
{
	m->seen[offset] = value;
	cache_store(&m->cache, cpu, offset, 1, mode);
}

static uint8_t load(struct machine *m, unsigned int cpu, uint64_t offset, enum cache_mode mode)
{
	uint8_t value = m->seen[offset];

	cache_load(&m->cache, cpu, offset, 1, mode);
	return value;
}

static void device_store(struct machine *m, uint64_t offset, uint8_t value)
{
	dram_write(&m->dram, m->seen, offset, &value, 1);
}

static uint8_t device_load(struct machine *m, uint64_t offset)
{
	uint8_t value;

	dram_read(&m->dram, offset, &value, 1);
	return value;
}

/* ---- write-back --------------------------------------------------------- */

static void test_store_is_held_back(void **state)
{
	struct machine *m = *state;

	store(m, 0, 100, 7, WB);
	assert_int_equal(load(m, 1, 100, WB), 7);
	assert_int_equal(device_load(m, 100), 0);
	cache_operate(&m->cache, 64, CACHE_CLEAN);
	assert_int_equal(device_load(m, 100), 7);
}

static void test_clean_keeps_the_line(void **state)
{
	struct machine *m = *state;

	store(m, 0, 100, 7, WB);
	cache_operate(&m->cache, 100, CACHE_CLEAN);
	device_store(m, 100, 8);
	assert_int_equal(load(m, 0, 100, WB), 7);
	assert_int_equal(m->cache.counts.stale, 1);
	cache_operate(&m->cache, 127, CACHE_FLUSH);
	assert_int_equal(load(m, 0, 100, WB), 8);
	assert_int_equal(m->cache.counts.stale, 1);
}

static void test_flush_of_another_line(void **state)
{
	struct machine *m = *state;

	store(m, 0, 100, 7, WB);
	cache_operate(&m->cache, 63, CACHE_FLUSH);
	cache_operate(&m->cache, 128, CACHE_FLUSH);
	assert_int_equal(device_load(m, 100), 0);
}

static void test_load_is_stale(void **state)
{
	struct machine *m = *state;

	assert_int_equal(load(m, 0, 0, WB), 0);
	device_store(m, 0, 9);
	assert_int_equal(load(m, 0, 0, WB), 0);
	assert_int_equal(m->cache.counts.stale, 1);
	/* Never read, and so in no cache. */
	device_store(m, 64, 9);
	assert_int_equal(load(m, 0, 64, WB), 9);
}

static void test_eviction_overwrites(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	device_store(m, 1, 9);
	assert_int_equal(device_load(m, 1), 9);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(device_load(m, 1), 0);
	assert_int_equal(m->cache.counts.overwritten, 1);
}

static void test_clean_line_overwrites_nothing(void **state)
{
	struct machine *m = *state;

	load(m, 0, 0, WB);
	device_store(m, 1, 9);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 1), 9);
	assert_int_equal(load(m, 0, 1, WB), 9);
	assert_int_equal(m->cache.counts.overwritten, 0);
}

static void test_cleaned_line_is_clean(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	cache_operate(&m->cache, 0, CACHE_CLEAN);
	device_store(m, 0, 9);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 0), 9);
	assert_int_equal(m->cache.counts.overwritten, 0);
}

static void test_invalidate_loses(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	cache_operate(&m->cache, 0, CACHE_INVALIDATE);
	assert_int_equal(load(m, 0, 0, WB), 0);
	assert_int_equal(device_load(m, 0), 0);
}

static void test_speculation(void **state)
{
	struct machine *m = *state;

	cache_fill(&m->cache, 0);
	device_store(m, 0, 9);
	assert_int_equal(load(m, 0, 0, WB), 0);
	assert_int_equal(m->cache.counts.stale, 1);
	assert_int_equal(m->cache.counts.speculative, 1);
}

static void test_two_lines(void **state)
{
	struct machine *m = *state;

	memset(m->seen + 60, 7, 8);
	cache_store(&m->cache, 0, 60, 8, WB);
	assert_int_equal(m->cache.counts.fills, 2);
	cache_operate(&m->cache, 0, CACHE_CLEAN);
	assert_int_equal(device_load(m, 63), 7);
	assert_int_equal(device_load(m, 64), 0);
	cache_operate(&m->cache, 64, CACHE_CLEAN);
	assert_int_equal(device_load(m, 67), 7);
	assert_int_equal(device_load(m, 68), 0);
}

/* ---- capacity and chance ------------------------------------------------ */

static int setup_small(void **state)
{
	return setup_with(state, 4, 1);
}

static void test_capacity(void **state)
{
	struct machine *m = *state;
	unsigned int reached = 0;

	for (unsigned int i = 0; i < 16; i++)
		store(m, 0, i * 64, 7, WB);
	for (unsigned int i = 0; i < 16; i++)
		reached += device_load(m, i * 64) == 7;
	assert_int_equal(reached, 12);
	assert_int_equal(m->cache.counts.evictions, 12);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(load(m, 0, i * 64, WB), 7);
}

static void test_seed(void **state)
{
	uint8_t memory[2][SIZE];

	for (unsigned int run = 0; run < 3; run++) {
		struct machine *m;

		setup_with(state, 8, run < 2 ? 5 : 6);
		m = *state;
		m->cache.evict_one_in = 3;
		for (unsigned int i = 0; i < 1000; i++)
			store(m, 0, i * 97 % SIZE, i, WB);
		if (run < 2)
			memcpy(memory[run], m->dram.bytes, SIZE);
		if (run == 1)
			assert_memory_equal(memory[0], memory[1], SIZE);
		if (run == 2)
			assert_memory_not_equal(memory[0], m->dram.bytes, SIZE);
		cache_operate_all(&m->cache, 0, CACHE_FLUSH);
		assert_memory_equal(m->seen, m->dram.bytes, SIZE);
		teardown(state);
	}
}

/* A CPU has stored, and that is still to be reported, when another one evicts the line. */
static void test_store_in_flight(void **state)
{
	struct machine *m = *state;

	load(m, 0, 0, WB);
	m->seen[5] = 7;
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(m->seen[5], 7);
	cache_store(&m->cache, 1, 5, 1, WB);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 5), 7);
}

/* ---- write-combining and uncached --------------------------------------- */

static void test_combining_waits_for_a_fence(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WC);
	store(m, 1, 64, 8, WC);
	assert_int_equal(device_load(m, 0), 0);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 0), 7);
	/* Its own only. */
	assert_int_equal(device_load(m, 64), 0);
	cache_fence(&m->cache, 1);
	assert_int_equal(device_load(m, 64), 8);
	assert_int_equal(m->cache.counts.fills, 0);
}

static void test_combining_drains_full_buffers(void **state)
{
	struct machine *m = *state;

	for (unsigned int i = 0; i < 64; i++)
		store(m, 0, i, 7, WC);
	assert_int_equal(device_load(m, 63), 7);
	memset(m->seen + 128, 9, 64);
	cache_store(&m->cache, 0, 128, 64, WC);
	assert_int_equal(device_load(m, 191), 9);
}

static void test_combining_overflows(void **state)
{
	struct machine *m = *state;
	unsigned int reached = 0;

	for (unsigned int i = 0; i < CACHE_BUFFERS + 3; i++)
		store(m, 0, i * 64, 7, WC);
	for (unsigned int i = 0; i < CACHE_BUFFERS + 3; i++)
		reached += device_load(m, i * 64) == 7;
	assert_int_equal(reached, 3);
}

static void test_combining_leaves_other_bytes(void **state)
{
	struct machine *m = *state;

	store(m, 0, 3, 7, WC);
	device_store(m, 4, 9);
	device_store(m, 3, 1);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 3), 7);
	assert_int_equal(device_load(m, 4), 9);
	assert_int_equal(load(m, 0, 3, WC), 7);
	assert_int_equal(load(m, 0, 4, WC), 9);
}

static void test_uncached(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 6, WC);
	store(m, 0, 64, 7, UC);
	assert_int_equal(device_load(m, 64), 7);
	assert_int_equal(device_load(m, 0), 6);
	device_store(m, 64, 9);
	assert_int_equal(load(m, 0, 64, UC), 9);
	assert_int_equal(m->cache.counts.fills, 0);
	assert_int_equal(m->cache.counts.mismatched, 0);
}

/* ---- what a fence waits for --------------------------------------------- */

static void store_nontemporal(struct machine *m, unsigned int cpu, uint64_t offset, uint8_t value)
{
	m->seen[offset] = value;
	cache_store_nontemporal(&m->cache, cpu, offset, 1);
}

static void test_queued_until_a_fence(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	store(m, 0, 64, 8, WB);
	cache_operate_later(&m->cache, 0, 0, CACHE_CLEAN);
	cache_operate_later(&m->cache, 0, 64, CACHE_FLUSH);
	cache_fence(&m->cache, 1);
	cache_drain(&m->cache, 0);
	assert_int_equal(device_load(m, 0), 0);
	assert_int_equal(device_load(m, 64), 0);
	assert_true(cache_is_waiting(&m->cache, 0));
	assert_false(cache_is_waiting(&m->cache, 1));
	cache_fence(&m->cache, 0);
	assert_false(cache_is_waiting(&m->cache, 0));
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(device_load(m, 64), 8);
	assert_true(cache_has(&m->cache, 0));
	assert_false(cache_has(&m->cache, 64));
}

static void test_queue_overflows(void **state)
{
	struct machine *m = *state;
	unsigned int reached = 0;

	for (unsigned int i = 0; i < CACHE_PENDING + 3; i++) {
		store(m, 0, i * 64, 7, WB);
		cache_operate_later(&m->cache, 0, i * 64, CACHE_CLEAN);
	}
	for (unsigned int i = 0; i < CACHE_PENDING + 3; i++)
		reached += device_load(m, i * 64) == 7;
	assert_int_equal(reached, 3);
}

/* In the order of the program, as far as one line is concerned. */
static void test_queued_before_an_access(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	cache_operate_later(&m->cache, 0, 0, CACHE_INVALIDATE);
	store(m, 0, 1, 8, WB);
	assert_int_equal(load(m, 0, 0, WB), 0);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 1), 0);
	cache_operate(&m->cache, 0, CACHE_CLEAN);
	assert_int_equal(device_load(m, 0), 0);
	assert_int_equal(device_load(m, 1), 8);
}

/* One at a time, in the order of the program. */
static void test_queued_twice(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	cache_operate_later(&m->cache, 0, 64, CACHE_CLEAN);
	cache_operate_later(&m->cache, 0, 0, CACHE_CLEAN);
	cache_operate_later(&m->cache, 0, 0, CACHE_INVALIDATE);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 0), 7);
	assert_false(cache_has(&m->cache, 0));
}

/* What is carried out before a store does not take it away, though it stores what was there before. */
static void test_queued_before_the_same_value(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 5, WB);
	cache_operate(&m->cache, 0, CACHE_CLEAN);
	device_store(m, 0, 6);
	cache_operate_later(&m->cache, 0, 0, CACHE_FLUSH);
	store(m, 0, 0, 5, WB);
	assert_int_equal(load(m, 0, 0, WB), 5);
	cache_operate(&m->cache, 0, CACHE_CLEAN);
	assert_int_equal(device_load(m, 0), 5);
	/* Nor does what a non-temporal store begins with. */
	device_store(m, 0, 6);
	store_nontemporal(m, 0, 0, 5);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 0), 5);
}

static void test_queued_before_combining(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	cache_operate_later(&m->cache, 0, 0, CACHE_FLUSH);
	store(m, 0, 0, 8, WC);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 0), 8);
	assert_int_equal(m->cache.counts.mismatched, 0);
	assert_int_equal(m->cache.counts.overwritten, 0);
}

static void test_nontemporal(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	store_nontemporal(m, 0, 1, 8);
	/* The line has left the caches, and the store waits. */
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(device_load(m, 1), 0);
	assert_false(cache_has(&m->cache, 0));
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 1), 8);
	assert_int_equal(m->cache.counts.stores[WB], 2);
	assert_int_equal(m->cache.counts.mismatched, 0);
}

static void test_nontemporal_before_an_access(void **state)
{
	struct machine *m = *state;

	store_nontemporal(m, 0, 0, 7);
	store(m, 0, 0, 8, WB);
	assert_false(cache_is_waiting(&m->cache, 0));
	cache_operate(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 0), 8);
	/* Also where it stores what memory had before. */
	store_nontemporal(m, 0, 128, 7);
	store(m, 0, 128, 0, WB);
	assert_int_equal(load(m, 0, 128, WB), 0);
	/* Nor is what the line had before an invalidation written back by the next one. */
	store(m, 0, 64, 7, WB);
	cache_operate_later(&m->cache, 0, 64, CACHE_INVALIDATE);
	store_nontemporal(m, 0, 65, 8);
	cache_fence(&m->cache, 0);
	assert_int_equal(device_load(m, 64), 0);
	assert_int_equal(device_load(m, 65), 8);
}

/* Unlike a store to write-combining memory it takes the line from another CPU. */
static void test_nontemporal_is_coherent(void **state)
{
	struct machine *m = *state;

	store_nontemporal(m, 0, 0, 7);
	load(m, 1, 1, WB);
	store(m, 1, 1, 8, WB);
	cache_fence(&m->cache, 0);
	assert_false(cache_has(&m->cache, 0));
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(device_load(m, 1), 8);
	assert_int_equal(load(m, 1, 0, WB), 7);
	/* The buffer is for something else now. */
	store(m, 0, 64, 9, WC);
	load(m, 1, 64, WB);
	cache_fence(&m->cache, 0);
	assert_true(cache_has(&m->cache, 64));
}

static void test_mismatched(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	load(m, 0, 1, WC);
	store(m, 0, 2, 8, UC);
	store(m, 0, 3, 8, WC);
	assert_int_equal(m->cache.counts.mismatched, 3);
	/* The line is written back over it. */
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(device_load(m, 2), 0);
}

/* ---- the device at the same time ---------------------------------------- */

static void *device_thread(void *arg)
{
	struct machine *m = arg;

	for (unsigned int round = 1; round <= 200; round++)
		for (uint64_t offset = 64; offset < SIZE; offset += 128)
			device_store(m, offset, round);
	return NULL;
}

/* Lines of its own, beside those of CPUs: nothing is lost of either. */
static void test_device_beside_cpus(void **state)
{
	struct machine *m = *state;
	pthread_t thread;

	m->cache.evict_one_in = 2;
	assert_int_equal(pthread_create(&thread, NULL, device_thread, m), 0);
	for (unsigned int round = 1; round <= 200; round++)
		for (uint64_t offset = 0; offset < SIZE; offset += 128)
			store(m, round % 4, offset, round, offset % 256 ? WB : UC);
	pthread_join(thread, NULL);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	for (uint64_t offset = 0; offset < SIZE; offset += 64) {
		assert_int_equal(device_load(m, offset), 200);
		assert_int_equal(m->seen[offset], 200);
	}
	assert_int_equal(m->cache.counts.overwritten, 0);
}

/* Other memory takes the place of what was cached: nothing of the old one comes back. */
static void test_cleared(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	store(m, 0, 64, 7, WB);
	load(m, 0, 128, WB);
	memset(m->seen, 0, 192);
	dram_clear(&m->dram, 0, 192);
	device_store(m, 1, 9);
	assert_int_equal(load(m, 0, 1, WB), 9);
	store(m, 0, 66, 8, WB);
	store(m, 0, 128, 9, UC);
	cache_operate_all(&m->cache, 0, CACHE_CLEAN);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(device_load(m, 0), 0);
	assert_int_equal(device_load(m, 1), 9);
	assert_int_equal(device_load(m, 64), 0);
	assert_int_equal(device_load(m, 66), 8);
	assert_int_equal(m->cache.counts.overwritten, 0);
	assert_int_equal(m->cache.counts.mismatched, 0);
	assert_int_equal(m->cache.counts.stale, 0);
}

static void snooping_store(struct machine *m, uint64_t offset, uint8_t value)
{
	dram_snoop_write(&m->dram, m->seen, offset, &value, 1);
}

static uint8_t snooping_load(struct machine *m, uint64_t offset)
{
	uint8_t value;

	dram_snoop_read(&m->dram, m->seen, offset, &value, 1);
	return value;
}

static void test_snooping(void **state)
{
	struct machine *m = *state;

	store(m, 0, 0, 7, WB);
	assert_int_equal(snooping_load(m, 0), 7);
	assert_int_equal(device_load(m, 0), 0);
	snooping_store(m, 1, 9);
	assert_int_equal(device_load(m, 0), 7);
	assert_int_equal(load(m, 0, 0, WB), 7);
	assert_int_equal(load(m, 0, 1, WB), 9);
	/* Clean, and stale from a time without snooping. */
	device_store(m, 2, 5);
	assert_int_equal(load(m, 0, 2, WB), 0);
	assert_int_equal(snooping_load(m, 2), 5);
	snooping_store(m, 3, 6);
	assert_int_equal(load(m, 0, 2, WB), 5);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(device_load(m, i), m->seen[i]);
	assert_int_equal(m->cache.counts.overwritten, 0);
}

/* A store that is still to be reported, of a line that a device snoops: in each state. */
static void test_snooping_in_flight(void **state)
{
	struct machine *m = *state;

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t line = i * 64;

		if (i == 1)
			load(m, 0, line, WB);
		if (i == 2)
			store(m, 0, line + 1, 3, WB);
		m->seen[line] = 7;
		assert_int_equal(snooping_load(m, line), 7);
		snooping_store(m, line + 8, 9);
		assert_int_equal(m->seen[line], 7);
		cache_store(&m->cache, 0, line, 1, WB);
		cache_operate_all(&m->cache, 0, CACHE_FLUSH);
		assert_int_equal(m->seen[line], 7);
		assert_int_equal(device_load(m, line), 7);
		assert_int_equal(device_load(m, line + 8), 9);
	}
	assert_int_equal(m->cache.counts.overwritten, 0);
}

/* Two CPUs have added to a word, and report the other way round. */
static void test_reports_in_other_order(void **state)
{
	struct machine *m = *state;

	m->seen[0] = 1;
	m->seen[0] = 2;
	cache_store(&m->cache, 1, 0, 1, WB);
	cache_store(&m->cache, 0, 0, 1, WB);
	cache_operate_all(&m->cache, 0, CACHE_FLUSH);
	assert_int_equal(m->seen[0], 2);
	assert_int_equal(device_load(m, 0), 2);
}

/* Lines that leave while all are cleaned are not to hide others. */
static void test_clean_all_after_snooping(void **state)
{
	struct machine *m = *state;

	for (unsigned int i = 0; i < 4; i++)
		store(m, 0, i * 64, 7, WB);
	snooping_store(m, 1, 9);
	cache_operate_all(&m->cache, 0, CACHE_CLEAN);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(device_load(m, i * 64), 7);
}

static void test_all_lines(void **state)
{
	struct machine *m = *state;

	for (unsigned int i = 0; i < 8; i++)
		store(m, 0, i * 64, 7, WB);
	cache_operate_all(&m->cache, 0, CACHE_CLEAN);
	for (unsigned int i = 0; i < 8; i++)
		store(m, 0, i * 64, 8, WB);
	cache_operate_all(&m->cache, 0, CACHE_INVALIDATE);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(load(m, 0, i * 64, WB), 7);
		assert_int_equal(device_load(m, i * 64), 7);
	}
}

/* ---- what a device says and does ---------------------------------------- */

static void test_flushed_by_the_host(void **state)
{
	struct machine *m = *state;

	store(m, 0, 63, 7, WB);
	store(m, 0, 64, 7, WB);
	store(m, 0, 200, 7, WB);
	load(m, 0, 130, WB);
	device_store(m, 130, 9);
	dram_flush(&m->dram, m->seen, 64, 128);
	assert_int_equal(device_load(m, 63), 0);
	assert_int_equal(device_load(m, 64), 7);
	assert_int_equal(device_load(m, 200), 0);
	assert_int_equal(load(m, 0, 130, WB), 9);
	/* No cache has the line. */
	device_store(m, 65, 5);
	assert_int_equal(load(m, 0, 65, WB), 5);
}

static void test_judged(void **state)
{
	struct machine *m = *state;
	struct dram *d = &m->dram;

	assert_true(dram_judge(d, 0, DRAM_ALLOWS(UC)));
	assert_int_equal(d->count->judged, 0);
	dram_allow(d, DRAM_PAGE, 2 * DRAM_PAGE, DRAM_RESTRICTED | DRAM_ALLOWS(WC));
	assert_int_equal(dram_allowed(d, DRAM_PAGE - 1), DRAM_UNRESTRICTED);
	assert_int_equal(dram_allowed(d, 3 * DRAM_PAGE), DRAM_UNRESTRICTED);
	assert_true(dram_judge(d, DRAM_PAGE, DRAM_ALLOWS(WC)));
	assert_false(dram_judge(d, 3 * DRAM_PAGE - 1, DRAM_ALLOWS(WB)));
	assert_true(dram_judge(d, DRAM_PAGE, DRAM_ALLOWS(WB) | DRAM_ALLOWS(WC)));
	assert_true(dram_judge(d, DRAM_PAGE, DRAM_ANY));
	assert_int_equal(d->count->judged, 4);
	assert_int_equal(d->count->out_of_mode, 1);
	dram_allow(d, DRAM_PAGE, DRAM_PAGE, DRAM_RESTRICTED);
	assert_false(dram_judge(d, DRAM_PAGE, DRAM_ANY));
	assert_int_equal(d->count->out_of_mode, 2);
}

static void test_file(void **state)
{
	struct machine *m = *state;
	struct dram again;

	device_store(m, 100, 7);
	assert_int_equal(dram_open(&again, m->path, SIZE), 0);
	assert_int_equal(again.bytes[100], 7);
	dram_close(&again);
	assert_int_equal(dram_open(&again, m->path, 2 * SIZE), -EINVAL);
	assert_int_equal(dram_open(&again, m->path, SIZE - 1), -EINVAL);
	assert_int_equal(dram_open(&again, m->path, 0), -EINVAL);
	assert_int_equal(dram_open(&again, "/nowhere/at/all", SIZE), -ENOENT);
}

static void test_refused(void **state)
{
	struct machine *m = *state;
	struct cache c;

	assert_int_equal(cache_init(&c, &m->dram, &m->cache.view, 0, 1), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(test_##f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(store_is_held_back), TEST(clean_keeps_the_line), TEST(flush_of_another_line),
		TEST(load_is_stale), TEST(eviction_overwrites), TEST(clean_line_overwrites_nothing),
		TEST(cleaned_line_is_clean), TEST(invalidate_loses), TEST(speculation),
		TEST(two_lines),
		cmocka_unit_test_setup_teardown(test_capacity, setup_small, teardown),
		cmocka_unit_test(test_seed),
		TEST(store_in_flight), TEST(combining_waits_for_a_fence),
		TEST(combining_drains_full_buffers), TEST(combining_overflows),
		TEST(combining_leaves_other_bytes), TEST(uncached),
		TEST(queued_until_a_fence), TEST(queue_overflows), TEST(queued_before_an_access),
		TEST(queued_twice), TEST(queued_before_the_same_value), TEST(queued_before_combining),
		TEST(nontemporal), TEST(nontemporal_before_an_access), TEST(nontemporal_is_coherent),
		TEST(mismatched),
		TEST(device_beside_cpus), TEST(cleared), TEST(snooping), TEST(snooping_in_flight),
		TEST(reports_in_other_order), TEST(clean_all_after_snooping), TEST(all_lines),
		TEST(flushed_by_the_host), TEST(judged), TEST(file), TEST(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
