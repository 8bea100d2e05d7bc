// SPDX-License-Identifier: GPL-2.0 OR MIT
/**
 * TEST: virtgpu map bench
 * Description: What mapping host-visible blobs costs; prints one JSON object a line
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: virtIO-GPU blob mapping
 * Functionality: performance
 * Feature: Map attributes
 * Test category: performance test
 */

/*
 * Costs are in nanoseconds of the guest's clock.  Under QEMU's -icount shift=0 that is
 * one for each instruction the guest executes.
 *
 * Operations that do not wait for the host are timed with the clock.  For those that do, the
 * benchmark measures the time that tasks ran, kernel threads included: the time that the host
 * takes to answer does not depend on the driver, and differs from run to run.  The time of
 * the clock is printed as well ("wall").
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define MAX_REPEATS	101
#define MAX_PROCESSES	8

static const size_t sizes[] = {
	KiB(4), KiB(16), KiB(64), KiB(256), MiB(1), MiB(2), MiB(4), MiB(16), MiB(64),
	MiB(256), MiB(1024),
};

/* Of the guest's clock, in ns. */
static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/*
 * How long tasks have been running, on all CPUs, in ns: field 7 of the kernel's
 * Documentation/scheduler/sched-stats.rst.  The kernel updates it when a task
 * stops running, so sleep first.
 */
static uint64_t busy(void)
{
	struct timespec moment = { .tv_nsec = 2000000 };
	unsigned long long ran, sum = 0;
	char line[512];
	FILE *f;

	nanosleep(&moment, NULL);
	f = fopen("/proc/schedstat", "r");
	igt_assert(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "cpu%*d %*u %*u %*u %*u %*u %*u %llu", &ran) == 1)
			sum += ran;
	fclose(f);
	return sum;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/**
 * struct series - repeated measurements of one thing
 * @values: cost, in ns
 * @walls: by the clock, in ns
 */
struct series {
	uint64_t values[MAX_REPEATS];
	uint64_t walls[MAX_REPEATS];
	unsigned int count;
};

static void add_both(struct series *series, uint64_t value, uint64_t wall)
{
	igt_assert(series->count < MAX_REPEATS);
	series->values[series->count] = value;
	series->walls[series->count++] = wall;
}

static void add(struct series *series, uint64_t value)
{
	add_both(series, value, value);
}

static uint64_t median(uint64_t *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static const char *driver;

static void print(const char *op, size_t size, unsigned int n, struct series *series)
{
	unsigned long long value = median(series->values, series->count);
	unsigned long long wall = median(series->walls, series->count);

	printf("{\"driver\":\"%s\",\"op\":\"%s\",\"size\":%zu,\"n\":%u,", driver, op, size, n);
	printf("\"ns\":%llu,\"min\":%llu,\"max\":%llu,\"wall\":%llu,\"repeats\":%u}\n", value,
	       (unsigned long long)series->values[0],
	       (unsigned long long)series->values[series->count - 1], wall, series->count);
	fflush(stdout);
	series->count = 0;
}

/* What busy() itself costs. */
static uint64_t busy_cost(void)
{
	struct series cost = { .count = 0 };

	for (int i = 0; i < 21; i++) {
		uint64_t before = busy();

		add(&cost, busy() - before);
	}
	return median(cost.values, cost.count);
}

/* Begin and end of something that waits for the host, done @n times. */
static uint64_t busy_before, wall_before;

static void begin(void)
{
	busy_before = busy();
	wall_before = now();
}

static void end(struct series *series, uint64_t cost, unsigned int n)
{
	uint64_t wall = now() - wall_before;
	uint64_t ran = busy() - busy_before;

	add_both(series, (ran > cost ? ran - cost : 0) / n, wall / n);
}

/* Page tables of this process, in bytes. */
static uint64_t page_tables(void)
{
	unsigned long long kib = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	igt_assert(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmPTE: %llu", &kib) == 1)
			break;
	fclose(f);
	return kib << 10;
}

static uint64_t touch_page(const struct virtgpu_blob *blob, size_t page)
{
	return *(volatile uint8_t *)(blob->va + page * PAGE);
}

static uint64_t touch_all(const struct virtgpu_blob *blob)
{
	const volatile uint8_t *end = blob->va + blob->size;
	size_t step = PAGE;

	for (const volatile uint8_t *p = blob->va; p < end; p += step)
		(void)*p;
	return 0;
}

/* Every page once, in an order without order: sizes are powers of two. */
static uint64_t touch_random(const struct virtgpu_blob *blob)
{
	size_t pages = blob->size / PAGE, step = PAGE, page = 1 % pages;

	for (size_t i = 0; i < pages; i++) {
		(void)*(volatile uint8_t *)(blob->va + page * step);
		page = (page * 5 + 3) & (pages - 1);
	}
	return 0;
}

static void map(struct virtgpu_blob *blob, uint64_t offset)
{
	blob->va = mmap(NULL, blob->size, PROT_READ | PROT_WRITE, MAP_SHARED, blob->gpu->fd,
			offset);
	igt_assert(blob->va != MAP_FAILED);
}

static void unmap(struct virtgpu_blob *blob)
{
	munmap(blob->va, blob->size);
	blob->va = NULL;
}

#define TIMED(series, what) do {						\
	uint64_t start_ = now();						\
	what;									\
	add(series, now() - start_);						\
} while (0)

static void bench_map(struct virtgpu *gpu, size_t size)
{
	struct series mapped = {}, one = {}, one_again = {}, all = {}, again = {}, random = {},
		      random_again = {}, gone = {}, tables = {};
	unsigned int repeats = size >= MiB(256) ? 3 : size >= MiB(16) ? 5 : 21;
	struct virtgpu_blob blob;
	uint64_t offset, before;

	virtgpu_blob_create(gpu, &blob, size, virtgpu_attr_id(WC, 0));
	offset = virtgpu_blob_offset(&blob);
	/* The host's part, and what is done once for a blob. */
	map(&blob, offset);
	touch_all(&blob);
	unmap(&blob);

	for (unsigned int i = 0; i < repeats; i++) {
		before = page_tables();
		TIMED(&mapped, map(&blob, offset));
		TIMED(&all, touch_all(&blob));
		TIMED(&again, touch_all(&blob));
		add(&tables, page_tables() - before);
		TIMED(&gone, unmap(&blob));

		map(&blob, offset);
		TIMED(&random, touch_random(&blob));
		TIMED(&random_again, touch_random(&blob));
		unmap(&blob);

		map(&blob, offset);
		TIMED(&one, touch_page(&blob, size / PAGE / 2));
		TIMED(&one_again, touch_page(&blob, size / PAGE / 2));
		unmap(&blob);
	}
	print("mmap", size, 1, &mapped);
	print("touch one", size, 1, &one);
	print("touch one, user", size, 1, &one_again);
	print("touch all", size, 1, &all);
	print("touch all, user", size, 1, &again);
	print("touch random", size, 1, &random);
	print("touch random, user", size, 1, &random_again);
	print("munmap", size, 1, &gone);
	print("page tables", size, 1, &tables);
	virtgpu_blob_destroy(&blob);
}

/* From the ioctl to munmap(), and what is left to be done after that. */
static void bench_life(struct virtgpu *gpu, size_t size, uint64_t cost)
{
	unsigned int batch = size >= MiB(16) ? 1 : 16, repeats = size >= MiB(256) ? 3 : 7;
	struct series created = {}, cycle = {}, destroyed = {};
	struct virtgpu_blob blobs[16];

	for (unsigned int r = 0; r < repeats; r++) {
		begin();
		for (unsigned int i = 0; i < batch; i++)
			virtgpu_blob_create(gpu, &blobs[i], size, virtgpu_attr_id(WC, 0));
		end(&created, cost, batch);
		for (unsigned int i = 0; i < batch; i++)
			virtgpu_blob_destroy(&blobs[i]);
		virtgpu_settle(gpu);

		begin();
		for (unsigned int i = 0; i < batch; i++) {
			virtgpu_blob_create(gpu, &blobs[i], size, virtgpu_attr_id(WC, 0));
			map(&blobs[i], virtgpu_blob_offset(&blobs[i]));
			touch_page(&blobs[i], 0);
			unmap(&blobs[i]);
		}
		end(&cycle, cost, batch);

		begin();
		for (unsigned int i = 0; i < batch; i++)
			virtgpu_blob_destroy(&blobs[i]);
		end(&destroyed, cost, batch);
		virtgpu_settle(gpu);
	}
	print("create", size, 1, &created);
	print("create to munmap", size, 1, &cycle);
	print("destroy", size, 1, &destroyed);
}

/* fork() copies the page tables of a device mapping. */
static void bench_fork(struct virtgpu *gpu, size_t size)
{
	struct series forked = {};
	struct virtgpu_blob blob;

	virtgpu_blob_create(gpu, &blob, size, virtgpu_attr_id(WC, 0));
	map(&blob, virtgpu_blob_offset(&blob));
	touch_all(&blob);
	for (unsigned int i = 0; i < 5; i++) {
		uint64_t start = now();
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		add(&forked, now() - start);
		igt_assert_eq(virtgpu_child_status(pid), 0);
	}
	print("fork", size, 1, &forked);
	virtgpu_blob_destroy(&blob);
}

static int go[2], ready[2];

/* Processes that have all of a blob mapped; @n 0: none has. */
static void bench_change(struct virtgpu *gpu, size_t size, unsigned int n, unsigned int mode,
			 const char *op, uint64_t cost)
{
	unsigned int repeats = size >= MiB(256) ? 5 : 31;
	struct series changed = {};
	pid_t pids[MAX_PROCESSES];
	struct virtgpu_blob blob;
	char byte = 0;

	virtgpu_blob_create(gpu, &blob, size, virtgpu_attr_id(mode, 0));
	map(&blob, virtgpu_blob_offset(&blob));
	if (!n)
		unmap(&blob);
	igt_assert_eq(pipe(go) | pipe(ready), 0);
	for (unsigned int i = 1; i < n; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		while (read(go[0], &byte, 1) == 1 && !byte) {
			touch_all(&blob);
			igt_assert_eq(write(ready[1], &byte, 1), 1);
		}
		_exit(0);
	}
	for (unsigned int r = 0; r < repeats; r++) {
		if (n)
			touch_all(&blob);
		for (unsigned int i = 1; i < n; i++) {
			byte = 0;
			igt_assert_eq(write(go[1], &byte, 1), 1);
			igt_assert_eq(read(ready[0], &byte, 1), 1);
		}
		begin();
		virtgpu_host_change_acked(&blob, mode, 0);
		end(&changed, cost, 1);
	}
	for (unsigned int i = 1; i < n; i++) {
		byte = 1;
		igt_assert_eq(write(go[1], &byte, 1), 1);
	}
	for (unsigned int i = 1; i < n; i++)
		igt_assert_eq(virtgpu_child_status(pids[i]), 0);
	for (unsigned int i = 0; i < 2; i++) {
		close(go[i]);
		close(ready[i]);
	}
	print(op, size, n, &changed);
	virtgpu_blob_destroy(&blob);
}

static void *thread_touch(void *blob)
{
	touch_all(blob);
	return NULL;
}

/* Each thread a blob or a share of one of its own, @n times 16 MiB in all. */
static void bench_threads(struct virtgpu *gpu, unsigned int n, bool same)
{
	struct virtgpu_blob blobs[MAX_PROCESSES], whole = {};
	pthread_t threads[MAX_PROCESSES];
	size_t share = MiB(16);
	struct series took = {};
	uint64_t offsets[MAX_PROCESSES] = {};

	for (unsigned int i = 0; i < (same ? 1 : n); i++) {
		virtgpu_blob_create(gpu, &blobs[i], same ? n * share : share,
				    virtgpu_attr_id(WC, 0));
		offsets[i] = virtgpu_blob_offset(&blobs[i]);
	}
	whole = blobs[0];
	for (unsigned int r = 0; r < 5; r++) {
		uint64_t start = now();

		for (unsigned int i = 0; i < n; i++) {
			if (!same) {
				map(&blobs[i], offsets[i]);
				continue;
			}
			if (!i)
				map(&whole, offsets[0]);
			blobs[i] = whole;
			blobs[i].va += i * share;
			blobs[i].size = share;
		}
		for (unsigned int i = 0; i < n; i++)
			igt_assert_eq(pthread_create(&threads[i], NULL, thread_touch, &blobs[i]), 0);
		for (unsigned int i = 0; i < n; i++)
			pthread_join(threads[i], NULL);
		add(&took, now() - start);
		if (same)
			unmap(&whole);
		else
			for (unsigned int i = 0; i < n; i++)
				unmap(&blobs[i]);
	}
	print(same ? "threads, same blob" : "threads, own blobs", n * share, n, &took);
	if (same)
		virtgpu_blob_destroy(&whole);
	else
		for (unsigned int i = 0; i < n; i++)
			virtgpu_blob_destroy(&blobs[i]);
}

/* From @low on, twice as much with a probability of 0.8, and up to twice of that. */
static size_t some_size(unsigned short seed[3], size_t low, size_t high)
{
	size_t size = low;

	while (size < high && erand48(seed) < 0.8)
		size *= 2;
	return (size + (size_t)(erand48(seed) * size) + PAGE - 1) & ~(PAGE - 1);
}

/* Buffers of a desktop: many small ones, textures, some large heaps. */
static size_t realistic_size(unsigned short seed[3])
{
	double kind = erand48(seed);

	if (kind < 0.5)
		return some_size(seed, KiB(4), KiB(64));
	if (kind < 0.8)
		return some_size(seed, KiB(64), MiB(2));
	if (kind < 0.95)
		return some_size(seed, MiB(2), MiB(16));
	return some_size(seed, MiB(16), MiB(64));
}

/*
 * How full is the window when it is full?  Blobs of a realistic mix of sizes come and
 * go, until one finds no place; then some go, twenty times over.
 */
static void bench_window(void)
{
	static struct virtgpu_blob blobs[8192];
	struct virtgpu window, *gpu = &window;
	struct series full = {}, aligned = {};
	unsigned short seed[3] = { 1, 2, 3 };
	unsigned int n = 0;
	size_t used = 0;

	virtgpu_open(gpu, "small");
	while (full.count < 20) {
		size_t size = realistic_size(seed);
		unsigned int large = 0, good = 0;

		igt_assert(n < ARRAY_SIZE(blobs));
		if (!virtgpu_blob_try_create(gpu, &blobs[n], size, virtgpu_attr_id(WC, 0),
					     VIRTGPU_BLOB_FLAG_USE_MAPPABLE)) {
			used += blobs[n++].size;
			continue;
		}
		add(&full, used);
		for (unsigned int i = 0; i < n; i++) {
			if (blobs[i].size < MiB(2))
				continue;
			large++;
			good += !(virtgpu_host_offset(&blobs[i]) % MiB(2));
		}
		add(&aligned, large ? 1000 * good / large : 0);
		for (unsigned int i = 0; i < n;) {
			if (erand48(seed) < 0.7) {
				i++;
				continue;
			}
			used -= blobs[i].size;
			virtgpu_blob_destroy(&blobs[i]);
			blobs[i] = blobs[--n];
		}
		virtgpu_wait_freed(gpu, n, used);
	}
	print("window full", MiB(512), 1, &full);
	print("window aligned", MiB(512), 1, &aligned);
	while (n)
		virtgpu_blob_destroy(&blobs[--n]);
	virtgpu_settle(gpu);
	virtgpu_close(gpu);
}

/* Touches of a working set that is measured together. */
#define TOUCHES 256

static unsigned int some_blob(unsigned short seed[3], unsigned int n)
{
	return erand48(seed) * n;
}

/*
 * A page of a blob of 1 MiB each, at random, where all blobs together are @percent of the window:
 * what does a touch cost, and how many of a thousand evict another blob?
 */
static void bench_eviction(struct virtgpu *gpu, unsigned int mode, unsigned int percent)
{
	static struct virtgpu_blob blobs[4096];
	const char *name = mode == CACHED ? "touch set, cached" : "touch set";
	struct series touched = {}, evicted = {};
	unsigned short seed[3] = { 1, 2, 3 };
	unsigned long long before;
	uint64_t cost = busy_cost();
	unsigned int n;

	n = virtgpu_window_count(gpu, "size") / MiB(1) * percent / 100;
	igt_assert(n <= ARRAY_SIZE(blobs));
	for (unsigned int i = 0; i < n; i++)
		virtgpu_blob_setup(gpu, &blobs[i], MiB(1), mode);
	/* Until the first round has been forgotten. */
	for (unsigned int i = 0; i < 2 * n; i++)
		touch_page(&blobs[some_blob(seed, n)], 0);
	for (unsigned int r = 0; r < 11; r++) {
		before = virtgpu_window_count(gpu, "evicted");
		begin();
		for (unsigned int i = 0; i < TOUCHES; i++)
			touch_page(&blobs[some_blob(seed, n)], 0);
		end(&touched, cost, TOUCHES);
		add(&evicted, 1000 * (virtgpu_window_count(gpu, "evicted") - before) / TOUCHES);
	}
	print(name, MiB(1), percent, &touched);
	print(mode == CACHED ? "evicted, cached" : "evicted", MiB(1), percent, &evicted);
	for (unsigned int i = 0; i < n; i++)
		virtgpu_blob_destroy(&blobs[i]);
	virtgpu_settle(gpu);
}

int igt_main()
{
	static struct virtgpu gpu;
	uint64_t cost;

	igt_fixture() {
		driver = getenv("BENCH_DRIVER") ?: "unknown";
		virtgpu_open(&gpu, "full");
	}

	/**
	 * SUBTEST: mapping-costs
	 * Description: mmap(), first touch, munmap(), fork(), and threads
	 */
	igt_describe("Measures what mapping, touching and freeing blobs costs.");
	igt_subtest("mapping-costs") {
		cost = busy_cost();
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
			bench_map(&gpu, sizes[i]);
			virtgpu_settle(&gpu);
			bench_life(&gpu, sizes[i], cost);
			bench_fork(&gpu, sizes[i]);
			virtgpu_settle(&gpu);
		}
		for (unsigned int n = 1; n <= MAX_PROCESSES; n *= 2) {
			bench_threads(&gpu, n, false);
			virtgpu_settle(&gpu);
			bench_threads(&gpu, n, true);
			virtgpu_settle(&gpu);
		}
	}

	/**
	 * SUBTEST: change-costs
	 * Description: a change of attributes under mappings of no, one or eight processes
	 */
	igt_describe("What a change of attributes costs.");
	igt_subtest("change-costs") {
		cost = busy_cost();
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (unsigned int n = 0; n <= MAX_PROCESSES; n = n * 7 + 1) {
				bench_change(&gpu, sizes[i], n, WC, "change", cost);
				bench_change(&gpu, sizes[i], n, CACHED, "change, cached", cost);
			}
			virtgpu_settle(&gpu);
		}
	}

	/**
	 * SUBTEST: window-fill
	 * Description: how full the window can be
	 */
	igt_describe("How full the window can be.");
	igt_subtest("window-fill") {
		virtgpu_set_eviction(false);
		bench_window();
		virtgpu_set_eviction(true);
	}

	/**
	 * SUBTEST: eviction-costs
	 * Description: random touches of more blobs than fit in the window
	 */
	igt_describe("What a touch costs when not all blobs fit in the window.");
	igt_subtest("eviction-costs") {
		static const unsigned int percents[] = {
			50, 100, 105, 110, 125, 150, 200, 300, 400,
		};
		struct virtgpu small;

		virtgpu_open(&small, "small");
		for (unsigned int i = 0; i < ARRAY_SIZE(percents); i++) {
			bench_eviction(&small, WC, percents[i]);
			bench_eviction(&small, CACHED, percents[i]);
		}
		virtgpu_close(&small);
	}

	igt_fixture()
		virtgpu_close(&gpu);
}
