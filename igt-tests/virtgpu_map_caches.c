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
#include <stdio.h>
#include <sys/mman.h>

#include "igt.h"
#include "virtgpu/virtgpu.h"

#define SIZE	(8UL << 20)
#define WORDS	(SIZE / 8)

/**
 * struct wrong - words of a blob that are not as they should be
 * @lost: of the guest's, which the host does not find
 * @stale: of the host's, which the guest does not find
 * @overwritten: of the host's, which it does not find itself any more
 */
struct wrong {
	long long lost;
	long long stale;
	long long overwritten;
};

/* A row of the table, which people read. */
static void print_row(unsigned int cache_mode, const struct wrong *w)
{
	FILE *f = fopen("/out/caches.txt", "a");

	if (!f)
		return;
	if (!ftell(f))
		fprintf(f, "%-12s %10s %10s %10s %12s\n", "declared", "words", "lost", "stale",
			"overwritten");
	fprintf(f, "%-12s %10lu %10lld %10lld %12lld\n", virtgpu_cache_name(cache_mode), WORDS, w->lost,
		w->stale, w->overwritten);
	fclose(f);
}

/* Each side looks for what the other one has written: the guest, with seed 6, just now. */
static struct wrong look(struct virtgpu_blob *blob, unsigned int cache_mode)
{
	struct wrong w;

	__sync_synchronize();
	w.lost = virtgpu_host_wrong(blob, 0, SIZE, 8, 6);
	virtgpu_host_fill(blob, 7);
	w.stale = virtgpu_guest_wrong(blob->va, 0, SIZE, 8, 7);
	w.overwritten = virtgpu_host_wrong(blob, 0, SIZE, 8, 7);
	print_row(cache_mode, &w);
	igt_info("of %lu words %lld are lost, %lld stale, %lld overwritten\n", WORDS, w.lost, w.stale,
		 w.overwritten);
	return w;
}

static struct wrong write_and_look(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct virtgpu_blob blob;
	struct wrong w;

	virtgpu_blob_create(gpu, &blob, SIZE, virtgpu_attr_id(cache_mode, 0));
	virtgpu_blob_map(&blob);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	w = look(&blob, cache_mode);
	virtgpu_blob_destroy(&blob);
	return w;
}

static void assert_nothing_wrong(const struct wrong *w)
{
	igt_assert_eq(w->lost, 0);
	igt_assert_eq(w->stale, 0);
	igt_assert_eq(w->overwritten, 0);
}

/**
 * SUBTEST: as-declared-%s
 * Description: of a host that declares what is right, no word is wrong
 *
 * arg[1].values: cached, uncached, wc
 */
static void test_right(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct wrong w = write_and_look(gpu, cache_mode);

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
	struct virtgpu_blob blob;
	struct wrong w;

	virtgpu_blob_setup(gpu, &blob, SIZE, CACHED);
	virtgpu_guest_fill(blob.va, 0, SIZE, 8, 6);
	virtgpu_host_change_acked(&blob, cache_mode, 0);
	w = look(&blob, cache_mode);
	virtgpu_blob_destroy(&blob);
	assert_nothing_wrong(&w);
}

/**
 * SUBTEST: sync-required
 * Description: the same, of memory that needs brackets, and then none any more
 */
static void test_sync(struct virtgpu *gpu)
{
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
}

/**
 * SUBTEST: wrongly-cached-%s
 * Description: the machine's caches are seen in the data: memory that is mapped cached, and whose exporter
 *	does not snoop, loses words of both sides. For a host with --never-snoop, or with none for a driver
 *	that takes no mode for cached
 *
 * arg[1].values: cached, none
 */
static void test_wrong(struct virtgpu *gpu, unsigned int cache_mode)
{
	struct wrong w = write_and_look(gpu, cache_mode);

	igt_assert(w.lost > 0);
	igt_assert(w.stale > 0);
	igt_assert(w.overwritten > 0);
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

	igt_describe("Memory whose exporter does not snoop, mapped cached, has wrong data.");
	igt_subtest("wrongly-cached-cached")
		test_wrong(&gpu, CACHED);
	igt_describe("So has memory without a mode that a driver takes for cached.");
	igt_subtest("wrongly-cached-none")
		test_wrong(&gpu, 0);

	igt_fixture()
		virtgpu_close(&gpu);
}
