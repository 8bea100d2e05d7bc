// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map caches
 * Description: on a machine with caches (scripts/root/boot --caches): what the guest and the host find of
 *	what the other one has written, by cache mode
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: caches
 * Feature: Map attributes
 * Test category: functionality test
 */
#include <linux/dma-buf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE	(8UL << 20)
#define WORDS	(SIZE / 8)
#define SMALL	(64UL << 10)	/* the caches have all of it */
#define ROUNDS	12

/**
 * struct wrong - what is not as it should be
 * @lost: words of the guest's, which the host does not find
 * @stale: words of the host's, which the guest does not find
 * @overwritten: words of the host's, which it does not find itself any more
 * @out_of_mode: accesses by another cache mode than the memory needs, or where there is to be none
 */
struct wrong {
	long long lost;
	long long stale;
	long long overwritten;
	long long out_of_mode;
};

/* On arm64 memory that needs uncached and memory that needs write-combined are mapped the same. */
static bool is_another_mode(unsigned int a, unsigned int b)
{
#ifdef __aarch64__
	if (a != CACHED && b != CACHED)
		return false;
#endif
	return a != b;
}

/* A row of the table, which people read. */
static void print_row(unsigned int needed, unsigned int declared, const struct wrong *w)
{
	FILE *f = fopen("/out/caches.txt", "a");

	if (!f)
		return;
	if (!ftell(f))
		fprintf(f, "%-12s %-12s %10s %10s %10s %12s %12s\n", "memory needs", "declared", "words",
			"lost", "stale", "overwritten", "out of mode");
	/* The exporter does not snoop where nothing is declared. */
	fprintf(f, "%-12s %-12s %10lu %10lld %10lld %12lld %12lld\n", virtgpu_cache_name(needed ?: UNCACHED),
		virtgpu_cache_name(declared), WORDS, w->lost, w->stale, w->overwritten, w->out_of_mode);
	fclose(f);
}

static long long count_out_of_mode(struct virtgpu *gpu)
{
	return virtgpu_host_count(gpu, "out_of_mode");
}

/* What waits in this CPU's buffers is written. */
static void write_buffers(void)
{
#ifdef __aarch64__
	asm volatile("dsb st" ::: "memory");
#else
	__sync_synchronize();
#endif
}

/* Each side looks for what the other one has written: the guest, with seed 6, just now. */
static struct wrong look(struct virtgpu_blob *blob, long long out_of_mode)
{
	struct wrong w;

	write_buffers();
	w.lost = virtgpu_host_wrong(blob, 0, SIZE, 8, 6);
	virtgpu_host_fill(blob, 7);
	w.stale = virtgpu_guest_wrong(blob->va, 0, SIZE, 8, 7);
	w.overwritten = virtgpu_host_wrong(blob, 0, SIZE, 8, 7);
	w.out_of_mode = count_out_of_mode(blob->gpu) - out_of_mode;
	igt_info("of %lu words %lld are lost, %lld stale, %lld overwritten; %lld accesses out of mode\n",
		 WORDS, w.lost, w.stale, w.overwritten, w.out_of_mode);
	return w;
}

/* The blob_id of memory that needs one cache mode, of which the host declares another one. */
static uint64_t misdeclared(unsigned int needed, unsigned int declared)
{
	static const enum injection as[] = {
		[CACHED] = INJECT_CACHED, [UNCACHED] = INJECT_UNCACHED, [WC] = INJECT_WC
	};

	if (needed == declared)
		return virtgpu_attr_id(needed, 0);
	return blob_id_inject(needed, 0, as[declared], as[declared], 0);
}

static struct wrong write_and_look_id(struct virtgpu *gpu, uint64_t blob_id, unsigned int needed,
				      unsigned int declared)
{
	long long before = count_out_of_mode(gpu), judged = virtgpu_host_count(gpu, "judged");
	struct virtgpu_blob blob;
	struct wrong w;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id);
	virtgpu_blob_map(&blob);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	w = look(&blob, before);
	print_row(needed, declared, &w);
	virtgpu_blob_destroy(&blob);
	/* An old driver has to map memory somehow of which it is told nothing. */
	if (needed != NONE)
		igt_assert(virtgpu_host_count(gpu, "judged") >= judged + 2 * (long long)WORDS);
	return w;
}

static struct wrong write_and_look(struct virtgpu *gpu, unsigned int needed, unsigned int declared)
{
	return write_and_look_id(gpu, misdeclared(needed, declared), needed, declared);
}

static void assert_data(const struct wrong *w)
{
	igt_assert_eq(w->lost, 0);
	igt_assert_eq(w->stale, 0);
	igt_assert_eq(w->overwritten, 0);
}

static void assert_wrong_data(const struct wrong *w)
{
	igt_assert(w->lost > 0);
	igt_assert(w->stale > 0);
	igt_assert(w->overwritten > 0);
}

static void assert_nothing_wrong(const struct wrong *w)
{
	assert_data(w);
	igt_assert_eq(w->out_of_mode, 0);
}

/**
 * SUBTEST: as-declared-%s
 * Description: of a host that declares what is right, no word is wrong, and no access
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_right(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct wrong w = write_and_look(gpu, cache_mode, cache_mode);

	assert_nothing_wrong(&w);
}

/**
 * SUBTEST: change-to-%s
 * Description: what the guest has written to cached memory is with the host when it hears that the guest
 *	has let go of it, and nothing comes out of caches later
 *
 * arg[1].values: uncached, wc
 */
static void test_change(struct virtgpu *gpu, unsigned int cache_mode)
{
	long long before = count_out_of_mode(gpu);
	struct virtgpu_blob blob;
	struct wrong w;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&blob, cache_mode, 0);
	w = look(&blob, before);
	virtgpu_blob_destroy(&blob);
	assert_nothing_wrong(&w);
}

/**
 * SUBTEST: sync-required
 * Description: the same, of memory that needs brackets, and then none any more
 */
static void test_sync(struct virtgpu *gpu)
{
	long long before = count_out_of_mode(gpu);
	struct virtgpu_blob blob;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 6), 0);
	virtgpu_host_fill(&blob, 7);
	virtgpu_host_change_acked(&blob, WC, 0);
	igt_assert_eq(virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 7), 0);
	igt_assert_eq(virtgpu_host_wrong(&blob, 0, SIZE, 8, 7), 0);
	virtgpu_blob_destroy(&blob);
	igt_assert_eq(count_out_of_mode(gpu), before);
}

/**
 * struct writer - a thread that writes the number of its round to all words of a range, over and over
 * @words: of them, @count
 * @stores: that it has made, in all rounds
 * @stop: it is to end
 */
struct writer {
	uint64_t *words;
	size_t count;
	atomic_ulong stores;
	atomic_bool stop;
};

static void *write_rounds(void *data)
{
	struct writer *w = data;

	for (uint64_t round = 1; !atomic_load(&w->stop); round++) {
		for (size_t i = 0; i < w->count; i++) {
			((volatile uint64_t *)w->words)[i] = round;
			atomic_fetch_add(&w->stores, 1);
		}
	}
	return NULL;
}

/* Whether memory has what the thread has stored, most of all in the lines that it has stored to last. */
static bool has_stores(struct virtgpu_blob *blob, struct writer *w)
{
	unsigned long stores = atomic_load(&w->stores) - 1;
	size_t last = stores % w->count;
	uint64_t round = stores / w->count + 1;

	for (size_t back = 0; back < w->count; back += back < 128 ? 8 : w->count / 8) {
		size_t i = (last + w->count - back) % w->count;
		uint64_t least = i > last ? round - 1 : round;

		if (virtgpu_host_word_in_memory(blob, SMALL / 2 + i * 8) < least)
			return false;
	}
	return true;
}

/*
 * A change. While the thread waits for the host's answer to the acknowledgment, the host looks for what was
 * written before. Then each side writes a quarter of the memory for the other one.
 */
static void change_and_check(struct virtgpu_blob *blob, struct writer *w, unsigned int round)
{
	static const unsigned int modes[] = { WC, CACHED, UNCACHED, CACHED };
	const size_t part = SMALL / 4;
	long long generation, wrong;
	bool stored;

	virtgpu_guest_fill(blob->va, 0, part, 8, 2 * round);
	virtgpu_host_hold_acks(blob->gpu, true);
	generation = virtgpu_host_change(blob, modes[round % 4], 0);
	virtgpu_host_wait_acked(blob, generation);
	wrong = virtgpu_host_wrong_in_memory(blob, 0, part, 2 * round);
	stored = has_stores(blob, w);
	virtgpu_host_hold_acks(blob->gpu, false);
	virtgpu_host_release(blob->gpu);
	igt_assert_eq(wrong, 0);
	igt_assert(stored);
	virtgpu_host_fill_part(blob, part, part, 2 * round + 1);
	igt_assert_eq(virtgpu_guest_wrong(blob->va + part, part, part, 8, 2 * round + 1), 0);
}

/**
 * SUBTEST: changes-under-load
 * Description: a thread writes to half of the memory while the cache mode changes: the host finds what the
 *	guest has written before each change, and the guest what the host has after it
 */
static void test_load(struct virtgpu *gpu)
{
	long long before = count_out_of_mode(gpu);
	struct virtgpu_blob blob;
	/* The thread goes on if this fails. */
	static struct writer w = { .count = SMALL / 2 / 8 };
	pthread_t thread;

	virtgpu_blob_setup(gpu, &blob, SMALL, CACHED);
	w.words = (uint64_t *)(blob.va + SMALL / 2);
	igt_assert_eq(pthread_create(&thread, NULL, write_rounds, &w), 0);
	igt_assert(virtgpu_wait(atomic_load(&w.stores) > w.count, VIRTGPU_WAIT_SECONDS));
	for (unsigned int round = 0; round < ROUNDS; round++)
		change_and_check(&blob, &w, round);
	atomic_store(&w.stop, true);
	pthread_join(thread, NULL);
	virtgpu_blob_destroy(&blob);
	igt_assert_eq(count_out_of_mode(gpu), before);
}

static int run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/*
 * A process that writes to a blob, by a mapping of its own, until it must not. Other processes hardly get its
 * CPU, and so do not have it see what has been taken away.
 */
static pid_t start_writer(struct virtgpu_blob *blob)
{
	const struct sched_param param = { .sched_priority = 1 };
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (pid)
		return pid;
	signal(SIGBUS, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (virtgpu_blob_try_map(blob, PROT_READ | PROT_WRITE, MAP_SHARED) || run_on(1) ||
	    sched_setscheduler(0, SCHED_FIFO, &param))
		_exit(1);
	for (volatile uint64_t *word = (uint64_t *)blob->va;; word++) {
		if ((uint8_t *)word == blob->va + SMALL)
			word = (uint64_t *)blob->va;
		*word = 1;
	}
}

static void write_until_acked(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob;
	long long judged;
	pid_t writer;
	int status;

	virtgpu_blob_setup(gpu, &blob, SMALL, cache_mode);
	judged = virtgpu_host_count(gpu, "judged");
	writer = start_writer(&blob);
	virtgpu_host_wait_count(gpu, "judged", judged + SMALL / 8);
	virtgpu_host_change_acked(&blob, WC, SYNC);
	igt_assert(virtgpu_wait(waitpid(writer, &status, WNOHANG) == writer, VIRTGPU_WAIT_SECONDS));
	igt_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: no-access-after-ack
 * Description: a process writes while memory comes to need brackets: none of its accesses is made after the
 *	host has heard that the guest has let go of it
 */
static void test_no_access(struct virtgpu *gpu)
{
	long long before = count_out_of_mode(gpu);
	cpu_set_t all;

	igt_assert_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	igt_require(CPU_COUNT(&all) > 1);
	igt_assert_eq(run_on(0), 0);
	for (unsigned int round = 0; round < ROUNDS; round++)
		write_until_acked(gpu, round % 2 ? CACHED : WC);
	sched_setaffinity(0, sizeof(all), &all);
	igt_assert_eq(count_out_of_mode(gpu), before);
}

/**
 * SUBTEST: misdeclared-cached-needs-%s
 * Description: the machine's caches are seen in the data: memory that is mapped cached, and whose exporter
 *	does not snoop, loses words of both sides
 *
 * arg[1].values: uncached, wc
 */

/**
 * SUBTEST: misdeclared-uncached-needs-%s
 * Description: another wrong mode is seen by the accesses only
 *
 * arg[1].values: cached, wc
 */

/**
 * SUBTEST: misdeclared-wc-needs-%s
 * Description: the same
 *
 * arg[1].values: cached, uncached
 */
static void test_wrong(struct virtgpu *gpu, unsigned int declared, unsigned int needed)
{
	struct wrong w = write_and_look(gpu, needed, declared);

	if (declared == CACHED)
		assert_wrong_data(&w);
	else
		assert_data(&w);
	if (is_another_mode(declared, needed))
		igt_assert(w.out_of_mode >= 2 * (long long)WORDS);
	else
		igt_assert_eq(w.out_of_mode, 0);
}

/**
 * SUBTEST: undeclared-memory
 * Description: a driver that maps memory cached of which it is told nothing, and whose exporter does not
 *	snoop, has wrong data: for a host without the feature
 */
static void test_undeclared(struct virtgpu *gpu)
{
	struct wrong w = write_and_look(gpu, NONE, NONE);

	assert_wrong_data(&w);
}

/**
 * SUBTEST: more-in-map-info
 * Description: so has a driver that maps write-combined memory cached if map_info says more of it
 */
static void test_more(struct virtgpu *gpu)
{
	struct wrong w = write_and_look_id(gpu, virtgpu_attr_id(WC, SYNC), WC, WC);

	assert_wrong_data(&w);
	igt_assert(w.out_of_mode >= 2 * (long long)WORDS);
}

/**
 * SUBTEST: held-in-caches
 * Description: memory that is mapped cached, does not leave the caches by itself and whose exporter does not
 *	snoop: neither side finds anything of the other's
 */
static void test_held(struct virtgpu *gpu)
{
	struct virtgpu_blob blob;
	size_t words = SMALL / 8;

	virtgpu_blob_create(gpu, &blob, SMALL, misdeclared(UNCACHED, CACHED));
	virtgpu_blob_map(&blob);
	virtgpu_guest_fill(blob.va, 0, SMALL, 8, 6);
	/* A line or another may leave by chance. */
	igt_assert((size_t)virtgpu_host_wrong(&blob, 0, SMALL, 8, 6) > words / 2);
	virtgpu_host_fill(&blob, 7);
	igt_assert(virtgpu_guest_wrong(blob.va, 0, SMALL, 8, 7) > words / 4);
	virtgpu_blob_destroy(&blob);
}

/**
 * SUBTEST: host-brackets
 * Description: the same memory loses nothing where each access of the guest is within brackets, in which the
 *	host's driver writes back and drops what caches have
 */
static void test_brackets(struct virtgpu *gpu)
{
	struct wrong w = { .out_of_mode = -count_out_of_mode(gpu) };
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, SIZE, misdeclared(UNCACHED, CACHED));
	virtgpu_blob_map(&blob);
	virtgpu_host_sync(&blob);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_sync(&blob);
	w.lost = virtgpu_host_wrong(&blob, 0, SIZE, 8, 6);
	virtgpu_host_fill(&blob, 7);
	virtgpu_host_sync(&blob);
	w.stale = virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 7);
	virtgpu_host_sync(&blob);
	w.overwritten = virtgpu_host_wrong(&blob, 0, SIZE, 8, 7);
	virtgpu_blob_destroy(&blob);
	w.out_of_mode += count_out_of_mode(gpu);
	assert_data(&w);
	igt_assert(w.out_of_mode >= 2 * (long long)WORDS);
}

/* As look(), each access in the guest's own brackets. */
static struct wrong write_and_look_in_brackets(struct virtgpu *gpu, uint64_t blob_id)
{
	struct wrong w = { .out_of_mode = -count_out_of_mode(gpu) };
	struct virtgpu_blob blob;
	int dmabuf;

	virtgpu_blob_create(gpu, &blob, SIZE, blob_id);
	dmabuf = virtgpu_blob_map_dmabuf(&blob);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE), 0);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE), 0);
	w.lost = virtgpu_host_wrong(&blob, 0, SIZE, 8, 6);
	virtgpu_host_fill(&blob, 7);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), 0);
	w.stale = virtgpu_guest_wrong(blob.va, 0, SIZE, 8, 7);
	igt_assert_eq(virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ), 0);
	w.overwritten = virtgpu_host_wrong(&blob, 0, SIZE, 8, 7);
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
	w.out_of_mode += count_out_of_mode(gpu);
	return w;
}

/**
 * SUBTEST: in-brackets-%s
 * Description: memory that needs brackets, and has them: no word is wrong, and there is no access outside
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_in_brackets(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct wrong w = write_and_look_in_brackets(gpu, virtgpu_attr_id(cache_mode, SYNC));

	assert_nothing_wrong(&w);
}

/**
 * SUBTEST: brackets-without-snooping
 * Description: cached memory whose exporter does not snoop loses nothing in the guest's own brackets: its
 *	caches hold nothing when the host is told of their end (without: misdeclared-cached-needs-uncached)
 */
static void test_without_snooping(struct virtgpu *gpu)
{
	struct wrong w = write_and_look_in_brackets(gpu, blob_id_inject(UNCACHED, SYNC, INJECT_CACHED,
									INJECT_CACHED, 0));

	assert_data(&w);
	igt_assert(w.out_of_mode >= 2 * (long long)WORDS);
}

/* A process one thread of which ends the bracket while another one writes, and dies of it. */
static pid_t start_bracket_writer(struct virtgpu_blob *blob, int dmabuf)
{
	static struct writer w = { .count = SMALL / 8 };
	pthread_t thread;
	pid_t pid = fork();

	igt_assert(pid >= 0);
	if (pid)
		return pid;
	signal(SIGBUS, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w.words = (uint64_t *)blob->va;
	if (virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE) ||
	    pthread_create(&thread, NULL, write_rounds, &w))
		_exit(1);
	while (atomic_load(&w.stores) < 2 * w.count)
		sched_yield();
	virtgpu_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	pthread_join(thread, NULL);
	_exit(2);
}

/**
 * SUBTEST: no-access-after-end
 * Description: a thread writes while another one ends the bracket: none of its accesses is made after the
 *	host has heard of the end
 */
static void test_no_access_after_end(struct virtgpu *gpu)
{
	long long before = count_out_of_mode(gpu);
	struct virtgpu_blob blob;
	int dmabuf, status;
	pid_t writer;

	virtgpu_blob_create(gpu, &blob, SMALL, virtgpu_attr_id(CACHED, SYNC));
	dmabuf = virtgpu_blob_map_dmabuf(&blob);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		writer = start_bracket_writer(&blob, dmabuf);
		igt_assert(virtgpu_wait(waitpid(writer, &status, WNOHANG) == writer,
					VIRTGPU_WAIT_SECONDS));
		igt_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	}
	close(dmabuf);
	virtgpu_blob_destroy(&blob);
	igt_assert_eq(count_out_of_mode(gpu), before);
}

int igt_main()
{
	static struct virtgpu gpu;

	igt_fixture()
		virtgpu_open(&gpu, "behind-caches");

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Each side finds what the other one has written.");
		igt_subtest_f("as-declared-%s", virtgpu_cache_name(mode))
			test_right(&gpu, mode);
	}

	for (unsigned int mode = UNCACHED; mode <= WC; mode++) {
		igt_describe("Cached memory changes, and nothing of it stays in caches.");
		igt_subtest_f("change-to-%s", virtgpu_cache_name(mode))
			test_change(&gpu, mode);
	}
	igt_describe("Cached memory comes to need brackets, and nothing of it stays in caches.");
	igt_subtest("sync-required")
		test_sync(&gpu);
	igt_describe("Modes change under a thread that writes, and nothing is lost or stale.");
	igt_subtest("changes-under-load")
		test_load(&gpu);
	igt_describe("Not one access is made after the host has heard that there is none.");
	igt_subtest("no-access-after-ack")
		test_no_access(&gpu);

	for (unsigned int mode = CACHED; mode <= WC; mode++) {
		igt_describe("Each side finds what the other one has written, and brackets hold all accesses.");
		igt_subtest_f("in-brackets-%s", virtgpu_cache_name(mode))
			test_in_brackets(&gpu, mode);
	}
	igt_describe("Brackets leave nothing in caches.");
	igt_subtest("brackets-without-snooping")
		test_without_snooping(&gpu);
	igt_describe("Not one access is made after the end of brackets.");
	igt_subtest("no-access-after-end")
		test_no_access_after_end(&gpu);

	for (unsigned int declared = CACHED; declared <= WC; declared++) {
		for (unsigned int needed = CACHED; needed <= WC; needed++) {
			if (needed == declared)
				continue;
			igt_describe("A wrong mode is seen: cached in the data, the others in accesses.");
			igt_subtest_f("misdeclared-%s-needs-%s", virtgpu_cache_name(declared),
				      virtgpu_cache_name(needed))
				test_wrong(&gpu, declared, needed);
		}
	}
	igt_describe("A driver that takes no mode for cached has wrong data.");
	igt_subtest("undeclared-memory")
		test_undeclared(&gpu);
	igt_describe("A driver that compares map_info as a whole has wrong data.");
	igt_subtest("more-in-map-info")
		test_more(&gpu);
	igt_describe("What stays in caches neither side finds.");
	igt_subtest("held-in-caches")
		test_held(&gpu);
	igt_describe("Brackets make such memory right.");
	igt_subtest("host-brackets")
		test_brackets(&gpu);

	igt_fixture()
		virtgpu_close(&gpu);
}
